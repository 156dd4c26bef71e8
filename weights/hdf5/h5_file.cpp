#include "weights/hdf5/h5_file.h"

#include <algorithm>
#include <memory>

#include "engine/base/json_text.h"
#include "engine/base/printable.h"
#include "kernels/api/error.h"
#include "weights/hdf5/file_kind.h"
#include "weights/hdf5/h5_reader.h"

namespace graft {
namespace {

using nlohmann::json;
constexpr size_t kMaxAnswer = size_t{4} << 20;  // for anything but a tensor

std::string dump(const json& j) { return j.dump(-1, ' ', false, json::error_handler_t::replace); }

// ---- in the child ----------------------------------------------------------------------------------------------
// Requests: c: the catalogue; t [group or -1, attribute]: texts or null; f [dataset]: floats; s [dataset]: a text.

void serve(const H5Reader& reader, std::string_view request, const ChildService::Reply& reply) {
  const json arguments = json::parse(request.substr(1));
  if (request[0] == 'c') {
    json datasets = json::array();
    for (const H5Dataset& d : reader.datasets()) datasets.push_back({d.path, d.dims, d.dtype});
    return reply(dump({{"groups", reader.groups()}, {"datasets", datasets}}));
  }
  if (request[0] == 't') {
    const int group = arguments[0];
    const auto texts = reader.texts(group < 0 ? "" : reader.groups()[static_cast<size_t>(group)], arguments[1]);
    return reply(texts ? dump(*texts) : "null");
  }
  const H5Dataset& dataset = reader.datasets()[arguments[0].get<size_t>()];
  if (request[0] == 's') return reply(reader.read_text(dataset));
  const std::vector<float> values = reader.read(dataset);
  reply({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

ChildService::Serve start(const std::filesystem::path& path, uint64_t bytes) {
  const auto reader = std::make_shared<H5Reader>(path, bytes);
  return [reader](std::string_view request, const ChildService::Reply& reply) { serve(*reader, request, reply); };
}

}  // namespace

// ---- in the parent, which trusts nothing from the child
// -----------------------------------------------------------

int64_t H5Dataset::size() const {
  int64_t n = 1;
  for (int64_t d : dims) n *= d;
  return n;
}

std::string shape_text(std::span<const int64_t> dims) {
  std::string text;
  for (int64_t d : dims) text += (text.empty() ? "" : "x") + std::to_string(d);
  return text.empty() ? "scalar" : text;
}

H5File::H5File(const std::filesystem::path& path)
    : path_(path), bytes_(check_hdf5(path)), child_(printable(path), [&] { return start(path_, bytes_); }) {
  const std::string what = printable(path) + ": its catalogue";
  const json catalogue = parse_json(child_.ask("c[]", kMaxAnswer), what);
  constexpr int64_t kMaxSide = int64_t{1} << 30;
  try {
    groups_ = catalogue.at("groups").get<std::vector<std::string>>();
    for (const json& d : catalogue.at("datasets")) {
      H5Dataset dataset{.path = d.at(0), .dims = integers(d.at(1), what), .dtype = d.at(2)};
      double size = 1;
      for (int64_t side : dataset.dims) size *= static_cast<double>(side);
      const bool sides =
          std::all_of(dataset.dims.begin(), dataset.dims.end(), [&](int64_t n) { return n >= 0 && n <= kMaxSide; });
      if (!sides || dataset.dims.size() > 4 || size > static_cast<double>(kMaxSide))
        fail(Fault::weights, "{}: damaged: the shape of {} is {}; get the file again", printable(path),
             printable(dataset.path), shape_text(dataset.dims));
      datasets_.push_back(std::move(dataset));
    }
  } catch (const json::exception& e) {
    fail(Fault::weights, "{}: damaged: its catalogue ({}); get the file again", printable(path),
         printable(e.what()));
  }
}

bool H5File::has_group(const std::string& path) const {
  return std::find(groups_.begin(), groups_.end(), path) != groups_.end();
}
const H5Dataset* H5File::find(const std::string& path) const {
  const auto at = std::find_if(datasets_.begin(), datasets_.end(), [&](const auto& d) { return d.path == path; });
  return at == datasets_.end() ? nullptr : &*at;
}

std::optional<std::vector<std::string>> H5File::texts(const std::string& group,
                                                      const std::string& attribute) const {
  const auto at = std::find(groups_.begin(), groups_.end(), group);
  require(group.empty() || at != groups_.end(), "no group {} in {}", printable(group), printable(path_));
  const json arguments = {group.empty() ? -1 : at - groups_.begin(), attribute};
  const json answer =
      parse_json(child_.ask("t" + arguments.dump(), kMaxAnswer), printable(path_) + ": " + attribute);
  if (answer.is_null()) return std::nullopt;
  try {
    return answer.get<std::vector<std::string>>();
  } catch (const json::exception& e) {
    fail(Fault::weights, "{}: damaged: {} ({}); get the file again", printable(path_), attribute,
         printable(e.what()));
  }
}

// By number: names that are not UTF-8 do not survive JSON.
std::string H5File::request(char what, const H5Dataset& dataset) const {
  return fmt::format("{}[{}]", what, &dataset - datasets_.data());
}

std::vector<float> H5File::read(const H5Dataset& dataset) const {
  require(dataset.is_float(), "{} of {} is no tensor of floats", dataset.path, printable(path_));
  std::vector<float> values(static_cast<size_t>(dataset.size()));
  child_.ask_into(request('f', dataset), std::as_writable_bytes(std::span(values)));
  return values;
}

std::string H5File::read_text(const H5Dataset& dataset) const {
  return child_.ask(request('s', dataset), kMaxAnswer);
}

}  // namespace graft
