#include "weights/keras/matching.h"

#include <algorithm>

#include "engine/base/printable.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

struct WantedLayer {
  std::string name;
  Parameter* kernel = nullptr;
  Parameter* bias = nullptr;
  const StoredLayer* found = nullptr;
  const char* rule = nullptr;

  int rank() const { return kernel ? kernel->shape.rank() : 0; }
};

std::vector<WantedLayer> by_layer(std::span<Parameter* const> wanted) {
  std::vector<WantedLayer> layers;
  for (Parameter* p : wanted) {
    const ParameterName name = parse_parameter_name(p->name);
    const std::string& weight = name.weight;
    require(weight == "kernel" || weight == "bias", "parameter {} is neither a kernel nor a bias", p->name);
    auto at = std::find_if(layers.begin(), layers.end(), [&](const auto& l) { return l.name == name.layer; });
    if (at == layers.end()) at = layers.insert(at, {.name = name.layer});
    (weight == "kernel" ? at->kernel : at->bias) = p;
  }
  return layers;
}

bool same_shape(const Shape& shape, const std::vector<int64_t>& dims) {
  if (shape.rank() != static_cast<int>(dims.size())) return false;
  for (int i = 0; i < shape.rank(); ++i)
    if (shape[i] != dims[static_cast<size_t>(i)]) return false;
  return true;
}
bool fits(const Parameter* p, const H5Dataset* d) {
  return !p || (d && d->is_float() && same_shape(p->shape, d->dims));
}

size_t rank_of(const StoredLayer& layer) { return layer.kernel ? layer.kernel->dims.size() : 0; }

class Matcher {
 public:
  Matcher(const StoredModel& model, std::span<Parameter* const> wanted)
      : model_(model), wanted_(by_layer(wanted)), used_(model.layers.size(), false) {}

  Matching run() {
    match_names();
    for (int rank : {4, 2}) match_order(rank);
    for (const WantedLayer& layer : wanted_) add(layer);
    check_other_network();
    check_orders();
    for (size_t i = 0; i < used_.size(); ++i)
      if (!used_[i]) result_.unused.push_back(printable(model_.layers[i].label()));
    return std::move(result_);
  }

 private:
  void take(WantedLayer& layer, size_t i, const char* rule) {
    layer.found = &model_.layers[i], layer.rule = rule, used_[i] = true;
  }

  void match_names() {
    std::vector<std::string> twice;  // two models in one file may each have a block1_conv1
    const auto find = [&](auto&& is_it, const char* rule) {
      for (WantedLayer& layer : wanted_) {
        if (layer.found) continue;
        std::vector<size_t> all;
        for (size_t i = 0; i < used_.size(); ++i)
          if (!used_[i] && is_it(model_.layers[i], layer.name)) all.push_back(i);
        if (!all.empty()) take(layer, all[0], rule);
        if (all.size() > 1)
          twice.push_back(fmt::format("{} is there twice, in {} and {}", layer.name,
                                      printable(model_.layers[all[0]].group),
                                      printable(model_.layers[all[1]].group)));
      }
    };
    find([](const StoredLayer& l, const std::string& name) { return l.names.front() == name; }, "name");
    find([](const StoredLayer& l, const std::string& name) { return l.names.back() == name; }, "name");
    find([](const StoredLayer& l, const std::string& name) { return l.name_attribute == name; }, "name attribute");
    if (!twice.empty())
      result_.problems.push_back(
          fmt::format("{}{}: save one of the models alone", twice[0],
                      twice.size() > 1 ? fmt::format(" (like {} other layers)", twice.size() - 1) : std::string()));
  }

  // Matches convolutions (rank 4) and dense layers (rank 2) separately: all that are left, or none.
  void match_order(int rank) {
    std::vector<WantedLayer*> open;
    std::vector<size_t> left;
    for (WantedLayer& layer : wanted_)
      if (!layer.found && layer.rank() == rank) open.push_back(&layer);
    for (size_t i = 0; i < used_.size(); ++i)
      if (!used_[i] && rank_of(model_.layers[i]) == static_cast<size_t>(rank)) left.push_back(i);
    if (open.empty() || open.size() != left.size()) return;
    for (size_t i = 0; i < open.size(); ++i) {
      const StoredLayer& stored = model_.layers[left[i]];
      if (!fits(open[i]->kernel, stored.kernel) || !fits(open[i]->bias, stored.bias)) return;
    }
    for (size_t i = 0; i < open.size(); ++i) take(*open[i], left[i], "order and shape");
  }

  void add(const WantedLayer& layer) {
    for (Parameter* p : {layer.kernel, layer.bias}) {
      if (!p) continue;
      const H5Dataset* d = !layer.found ? nullptr : p == layer.kernel ? layer.found->kernel : layer.found->bias;
      if (!d)
        result_.problems.push_back(fmt::format("{} [{}] is missing", p->name, p->shape.str()));
      else if (!d->is_float())
        result_.problems.push_back(
            fmt::format("{}: {} holds {}, not floats", p->name, printable(d->path), printable(d->dtype)));
      else if (!same_shape(p->shape, d->dims))
        result_.problems.push_back(fmt::format("{} [{}] is [{}] in the file{}", p->name, p->shape.str(),
                                               shape_text(d->dims), shape_hint(*p, *d)));
      else
        result_.pairs.push_back({p, d, layer.rule});
    }
  }

  static const char* shape_hint(const Parameter& p, const H5Dataset& d) {
    const Shape& s = p.shape;
    if (s.rank() == 4 && d.dims.size() == 4 && d.dims[0] == s[3] && d.dims[1] == s[2] && d.dims[2] == s[0])
      return ": channels-first order (Theano); save the model again with channels last";
    if (s.rank() == 2 && d.dims.size() == 2 && d.dims[1] == s[1] && d.dims[0] != s[0])
      return ": trained for images of another size or another head";
    return "";
  }

  bool precedes_wanted(size_t i) const {
    for (size_t k = i + 1; k < used_.size(); ++k)
      if (used_[k] && rank_of(model_.layers[k]) == rank_of(model_.layers[i]) &&
          model_.layers[k].sequence == model_.layers[i].sequence)
        return true;
    return false;
  }

  void check_other_network() {
    for (const int rank : {4, 2}) {
      std::string extra;
      for (size_t i = 0; i < used_.size(); ++i)
        if (!used_[i] && rank_of(model_.layers[i]) == static_cast<size_t>(rank) && precedes_wanted(i))
          extra += (extra.empty() ? "" : ", ") + printable(model_.layers[i].label());
      if (!extra.empty())
        result_.problems.push_back("layers of another network stand between the wanted ones: " + extra);
    }
  }

  // Same shapes, different contents: Theano rotates its filters by 180 degrees; a flatten of (channel, row, column)
  // permutes the rows of the following dense layer.
  void check_orders() {
    if (!model_.rotated.empty())
      result_.problems.push_back("filters of Theano (" + model_.rotated +
                                 "), which are rotated; use the file for TensorFlow");
    const bool dense = std::any_of(wanted_.begin(), wanted_.end(), [](const auto& l) { return l.rank() == 2; });
    if (dense && !model_.channels_first.empty())
      result_.problems.push_back("dense layers of a channels-first model (" + model_.channels_first +
                                 "), with rows in another order; save it again with channels last");
    else if (dense)
      result_.notes.push_back(
          "dense layers are taken to follow a flatten of (row, column, channel), as in Keras by default");
  }

  const StoredModel& model_;
  std::vector<WantedLayer> wanted_;
  std::vector<bool> used_;
  Matching result_;
};

}  // namespace

Matching match_layers(const StoredModel& model, std::span<Parameter* const> wanted) {
  return Matcher(model, wanted).run();
}

}  // namespace graft
