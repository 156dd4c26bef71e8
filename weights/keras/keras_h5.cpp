#include "weights/keras/keras_h5.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <map>

#include "engine/base/json_text.h"
#include "engine/base/printable.h"
#include "weights/keras/keras_writer.h"
#include "weights/keras/matching.h"
#include "weights/keras/values_digest.h"

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
                                   printable(pair.dataset->path), *bad, bad - values.begin()));
  return values;
}

// A digest takes a third of the time of reading a tensor, so it is computed while the next one is read.
using Digests = std::map<const H5Dataset*, std::future<TensorDigest>>;
std::future<TensorDigest> digest_beside(const H5Dataset& dataset, std::span<const float> values) {
  return std::async([&dataset, values] { return digest_of(dataset.path, dataset.dims, values); });
}

// Covers the whole file: loaded tensors have been read already, the rest is read for this.
void require_saved_values(const H5File& file, const StoredModel& model, Digests loaded,
                          const std::string& saved_sha256) {
  std::vector<TensorDigest> digests;
  for (const StoredLayer& layer : model.layers)
    for (const H5Dataset* d : {layer.kernel, layer.bias}) {
      if (!d || !d->is_float()) continue;
      const auto have = loaded.find(d);
      digests.push_back(have != loaded.end() ? have->second.get() : digest_of(d->path, d->dims, file.read(*d)));
    }
  if (digest_of(digests) != saved_sha256)
    fail(Fault::weights,
         "{}: its values are not those that were saved: damaged, or changed since; restore the file from a copy",
         printable(file.path()));
}

[[noreturn]] void fail_mismatch(const std::filesystem::path& path, const std::string& layout,
                                const std::vector<std::string>& problems, const std::vector<std::string>& unused) {
  std::string also;
  for (size_t i = 0; i < unused.size(); ++i)
    if (i < 40) also += (i ? ", " : "\n  The file also has: ") + unused[i];
  fail(Fault::weights,
       "{} ({}) does not fit this model; "
       "nothing was loaded:{}{}\n  Choose the model that the file is for, or another file.",
       printable(path), layout, bullets(problems), also);
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

KerasFile::KerasFile(const std::filesystem::path& path) : file_(path) {
  const H5Dataset* stored = file_.find(KerasWriter::kRecord);
  if (!stored && file_.texts("", KerasWriter::kHasRecord))
    fail(Fault::weights, "{}: damaged: its record is missing; restore the file from a copy", printable(path));
  if (!stored) return;
  const std::string what = printable(path) + ": its record";
  Unsealed found = unsealed(parse_json(file_.read_text(*stored), what), what);
  record_ = std::make_shared<nlohmann::json>(std::move(found.record));
  values_sha256_ = std::move(found.values_sha256);
}

void KerasFile::require_fit(std::span<Parameter* const> wanted) const {
  const StoredModel model = read_layout(file_);
  const Matching matching = match_layers(model, wanted);
  if (!matching.problems.empty()) fail_mismatch(file_.path(), model.layout, matching.problems, matching.unused);
}

LoadReport KerasFile::load(std::span<Parameter* const> wanted) const {
  const StoredModel model = read_layout(file_);
  Matching matching = match_layers(model, wanted);
  if (!matching.problems.empty()) fail_mismatch(file_.path(), model.layout, matching.problems, matching.unused);

  std::vector<std::vector<float>> values;
  Digests digests;
  for (const Pairing& pair : matching.pairs) {
    values.push_back(finite_values(file_, pair, matching.problems));
    if (!values_sha256_.empty()) digests[pair.dataset] = digest_beside(*pair.dataset, values.back());
  }
  if (!values_sha256_.empty()) require_saved_values(file_, model, std::move(digests), values_sha256_);
  if (!matching.problems.empty()) fail_mismatch(file_.path(), model.layout, matching.problems, {});

  LoadReport report{.layout = model.layout, .matches = {}, .notes = matching.notes, .unused = matching.unused};
  for (size_t i = 0; i < values.size(); ++i) {
    const Pairing& pair = matching.pairs[i];
    pair.parameter->value.copy_from_host(values[i]);
    report.matches.push_back({pair.parameter->name, printable(pair.dataset->path), pair.rule});
  }
  return report;
}

LoadReport load_keras_h5(const std::filesystem::path& path, std::span<Parameter* const> wanted) {
  return KerasFile(path).load(wanted);
}

std::string save_keras_h5(const std::filesystem::path& path, std::span<Parameter* const> parameters,
                          const nlohmann::json& record) {
  KerasWriter writer;
  for (const Parameter* p : parameters) writer.add(p->name, p->shape, p->value.to_host());
  return writer.save(path, record);
}

std::optional<nlohmann::json> read_record(const std::filesystem::path& path) {
  const KerasFile file(path);
  return file.record() ? std::optional(*file.record()) : std::nullopt;
}

}  // namespace graft
