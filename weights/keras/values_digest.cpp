#include "weights/keras/values_digest.h"

#include <utility>

#include "engine/base/hash.h"
#include "kernels/api/error.h"
#include "weights/hdf5/h5_file.h"

namespace graft {
namespace {

using nlohmann::json;
constexpr const char *kValues = "values_sha256", *kRecord = "record_sha256";

// Removes the field and returns it; empty if there is none.
std::string take(json& record, const char* field, const std::string& what) {
  const auto at = record.find(field);
  if (at == record.end()) return {};
  if (!at->is_string()) fail(Fault::weights, "{}: its {} is no text; restore the file from a copy", what, field);
  std::string text = at->get<std::string>();
  record.erase(at);
  return text;
}

}  // namespace

TensorDigest digest_of(std::string path, std::vector<int64_t> dims, std::span<const float> values) {
  return {std::move(path), std::move(dims), sha256(std::as_bytes(values))};
}

std::string digest_of(std::span<const TensorDigest> tensors) {
  Hasher hash(Hasher::sha256);
  for (const TensorDigest& t : tensors)
    hash.update(fmt::format("{} {} {}\n", t.path, shape_text(t.dims), t.sha256));
  return hash.hex();
}

std::string sealed(json record, const std::string& values_sha256) {
  if (record.is_null()) record = json::object();
  record[kValues] = values_sha256;
  record[kRecord] = sha256(record.dump());
  return record.dump();
}

Unsealed unsealed(json record, const std::string& what) {
  if (!record.is_object()) return {std::move(record), {}};
  const std::string own = take(record, kRecord, what);
  if (!own.empty() && sha256(record.dump()) != own)
    fail(Fault::weights,
         "{} is not the one that was saved: damaged, or changed since; restore the file from a copy", what);
  std::string values = take(record, kValues, what);
  return {std::move(record), std::move(values)};
}

}  // namespace graft
