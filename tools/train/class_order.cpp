#include "tools/train/class_order.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/printable.h"
#include "engine/tables/similar_names.h"
#include "kernels/api/error.h"
#include "weights/keras/keras_h5.h"

namespace graft {
namespace {

using Names = std::vector<std::string>;

// "a, b, c and 7 more"
std::string listed(const Names& names) {
  constexpr size_t kMax = 20;
  Names shown;
  for (size_t i = 0; i < std::min(names.size(), kMax); ++i) shown.push_back(printable(names[i]));
  return fmt::format("{}{}", fmt::join(shown, ", "),
                     names.size() > kMax ? fmt::format(" and {} more", names.size() - kMax) : "");
}

// The index in `stored` of each of `wanted`; empty unless that is a one-to-one match.
std::vector<size_t> match(const Names& stored, const Names& wanted) {
  std::vector<size_t> places;
  for (const std::string& name : wanted) {
    const auto found = std::ranges::find(stored, name);
    if (found == stored.end() || std::ranges::count(stored, name) > 1 || std::ranges::count(wanted, name) > 1)
      return {};
    places.push_back(size_t(found - stored.begin()));
  }
  return stored.size() == wanted.size() ? places : std::vector<size_t>{};
}

std::vector<size_t> match_folded(Names stored, Names wanted) {
  for (Names* names : {&stored, &wanted}) std::ranges::transform(*names, names->begin(), fold_name);
  return match(stored, wanted);
}

std::optional<Names> stored_classes(const std::filesystem::path& file) {
  const auto record = read_record(file);
  if (!record || !record->contains("classes")) return {};
  try {
    return record->at("classes").get<Names>();
  } catch (const nlohmann::json::exception& e) {
    fail(Fault::weights, "{}: its list of classes cannot be read: {}; create the file again", printable(file),
         printable(e.what()));
  }
}

}  // namespace

ClassOrder find_class_order(const std::filesystem::path& file, const Names& classes) {
  const std::optional<Names> stored = stored_classes(file);
  if (!stored)
    return {{},
            {fmt::format("{} does not record the classes of its head: their order is assumed to be {}",
                         printable(file), listed(classes))}};
  ClassOrder order{match(*stored, classes), {}};
  if (order.column.empty()) {
    order.column = match_folded(*stored, classes);
    if (order.column.empty())
      fail(Fault::weights,
           "{}: its head is for other classes: {}; the data has {}; leave out --head-weights, or rename folders "
           "of classes that are the same",
           printable(file), listed(*stored), listed(classes));
    Names pairs;
    for (size_t i = 0; i < classes.size(); ++i)
      if (const std::string& theirs = (*stored)[order.column[i]]; theirs != classes[i])
        pairs.push_back(fmt::format("'{}' for '{}'", printable(theirs), printable(classes[i])));
    order.notes.push_back(
        fmt::format("classes of the head in {} are matched to those of the data with similar names: {}",
                    printable(file), listed(pairs)));
  }
  if (!std::ranges::is_sorted(order.column))
    order.notes.push_back(fmt::format("columns of the head are reordered by class name: from {} to {}",
                                      listed(*stored), listed(classes)));
  return order;
}

void reorder_columns(Parameter& p, const std::vector<size_t>& column) {
  if (column.empty()) return;
  const std::vector<float> from = p.value.to_host();
  require(from.size() % column.size() == 0 && p.shape[p.shape.rank() - 1] == int64_t(column.size()),
          "reorder_columns: {} [{}] for {} classes", p.name, p.shape.str(), column.size());
  std::vector<float> to(from.size());
  for (size_t row = 0; row < from.size(); row += column.size())
    for (size_t i = 0; i < column.size(); ++i) to[row + i] = from[row + column[i]];
  p.value.copy_from_host(to);
}

}  // namespace graft
