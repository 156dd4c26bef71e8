#include "weights/keras_h5.h"

#include <algorithm>
#include <cmath>

#include "weights/h5_file.h"
#include "weights/json_text.h"
#include "weights/keras_writer.h"
#include "weights/matching.h"

namespace graft {
namespace {

std::string bullets(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n  - " + line;
  return text;
}

std::vector<float> finite_values(const H5File& file, const Pairing& pair, std::vector<std::string>& problems) {
  std::vector<float> values = file.read(*pair.dataset);
  const auto bad = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (bad != values.end())
    problems.push_back(fmt::format("{} ({}) has a value that is not finite: {} at element {}", pair.parameter->name,
                                   pair.dataset->path, *bad, bad - values.begin()));
  return values;
}

[[noreturn]] void fail_mismatch(const std::filesystem::path& path, const std::string& layout,
                                const std::vector<std::string>& problems, const std::vector<std::string>& unused) {
  std::string also;
  for (size_t i = 0; i < unused.size(); ++i)
    if (i < 40) also += (i ? ", " : "\n  The file also has: ") + unused[i];
  fail(Fault::weights,
       "{} ({}) does not fit this model; nothing was loaded:{}{}\n  Choose the --model that the file is for, or "
       "another file.",
       path.string(), layout, bullets(problems), also);
}

}  // namespace

std::string LoadReport::table() const {
  size_t width = 0;
  for (const Match& m : matches) width = std::max(width, m.parameter.size());
  std::string text;
  for (const Match& m : matches) text += fmt::format("{:{}}  {:15}  {}\n", m.parameter, width, m.rule, m.dataset);
  for (const std::string& note : notes) text += note + "\n";
  return text;
}

LoadReport load_keras_h5(const std::filesystem::path& path, std::span<Parameter* const> wanted) {
  const H5File file(path);
  const StoredModel model = read_layout(file);
  Matching matching = match_layers(model, wanted);
  if (!matching.problems.empty()) fail_mismatch(path, model.layout, matching.problems, matching.unused);

  std::vector<std::vector<float>> values;
  for (const Pairing& pair : matching.pairs) values.push_back(finite_values(file, pair, matching.problems));
  if (!matching.problems.empty()) fail_mismatch(path, model.layout, matching.problems, {});

  LoadReport report{.layout = model.layout, .matches = {}, .notes = matching.notes, .unused = matching.unused};
  for (size_t i = 0; i < values.size(); ++i) {
    const Pairing& pair = matching.pairs[i];
    pair.parameter->value.copy_from_host(values[i]);
    report.matches.push_back({pair.parameter->name, pair.dataset->path, pair.rule});
  }
  return report;
}

void save_keras_h5(const std::filesystem::path& path, std::span<Parameter* const> parameters,
                   const nlohmann::json& record) {
  KerasWriter writer;
  for (const Parameter* p : parameters) writer.add(p->name, p->shape, p->value.to_host());
  writer.save(path, record);
}

std::optional<nlohmann::json> read_record(const std::filesystem::path& path) {
  const H5File file(path);
  const H5Dataset* record = file.find(KerasWriter::kRecord);
  if (!record) return std::nullopt;
  return parse_json(file.read_text(*record), fmt::format("{}: its record", path.string()));
}

}  // namespace graft
