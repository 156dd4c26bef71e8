#include "weights/hdf5/h5_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/base/printable.h"
#include "engine/base/system_advice.h"
#include "engine/base/unique_fd.h"
#include "kernels/api/bf16.h"
#include "weights/io/system_calls.h"

namespace graft {
namespace {

constexpr uint64_t kMaxObjects = 1000, kMaxExpansion = 1000;
constexpr int kMaxDepth = 8, kMaxRank = 4;
constexpr uint64_t kMaxDatasetBytes = uint64_t{1} << 30, kMaxAttributeBytes = uint64_t{64} << 10;

// Size in bytes of a block of this shape, or one more than the limit.
uint64_t block_bytes(std::span<const uint64_t> dims, uint64_t element_bytes) {
  if (std::find(dims.begin(), dims.end(), 0) != dims.end()) return 0;
  uint64_t bytes = element_bytes;
  for (uint64_t d : dims) {
    if (bytes > kMaxDatasetBytes / d) return kMaxDatasetBytes + 1;
    bytes *= d;
  }
  return bytes;
}

// ASCII control characters, and U+0080 to U+009F, which terminals interpret as well.
bool has_control(const std::string& name) {
  for (size_t i = 0; i < name.size(); ++i) {
    const auto at = [&](size_t k) { return k < name.size() ? static_cast<unsigned char>(name[k]) : 0xFFu; };
    if (at(i) < ' ' || at(i) == 127 || (at(i) == 0xC2 && at(i + 1) < 0xA0)) return true;
  }
  return false;
}

// Reads the whole file, as the library does not say why it failed: 0, or the errno of the first failure.
int read_error(const std::filesystem::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return errno;
  std::vector<char> buffer(size_t{1} << 20);
  ssize_t done = 1;
  while (done > 0 || (done < 0 && errno == EINTR)) done = ::read(fd.get(), buffer.data(), buffer.size());
  return done < 0 ? errno : 0;
}

std::string or_root(const std::string& path) { return path.empty() ? "/" : path; }

}  // namespace

H5Reader::H5Reader(const std::filesystem::path& path, uint64_t file_bytes)
    : path_(path), bytes_(file_bytes), file_(h5::open_file(path)) {
  if (!file_.good()) damaged("its beginning");
  walk(open(""), "", 0);
}

void H5Reader::refuse(const std::string& object, const std::string& why) const {
  fail(Fault::weights, "{}: {}: {}; no weights file needs that, so it is refused", printable(path_),
       printable(or_root(object)), why);
}
void H5Reader::damaged(const std::string& object) const {
  if (const int error = read_error(path_); error && read_fault(error) == Fault::resources)
    fail(Fault::resources, "{}", system_reason(error));
  fail(Fault::weights, "{}: damaged: {} cannot be read; get the file again", printable(path_),
       printable(or_root(object)));
}

h5::Id H5Reader::open(const std::string& path) const {
  h5::Id object = h5::open_object(file_, or_root(path));
  if (!object.good()) damaged(path);
  return object;
}

void H5Reader::walk(const h5::Id& group, const std::string& path, int depth) {
  if (depth > kMaxDepth) refuse(path, fmt::format("groups more than {} deep", kMaxDepth));
  const auto count = h5::count_links(group);
  if (!count) damaged(path);
  if (*count > kMaxObjects - objects_) refuse(path, fmt::format("more than {} objects", kMaxObjects));
  objects_ += *count;
  for (uint64_t i = 0; i < *count; ++i) {
    const auto link = h5::link_at(group, i);
    if (!link) damaged(path);
    if (has_control(link->name)) refuse(path, "a name with control characters");
    const std::string child = path.empty() ? link->name : path + "/" + link->name;
    if (!link->hard) refuse(child, "a soft or external link");
    const h5::Id object = h5::open_object(group, link->name);
    if (!object.good()) damaged(child);
    const h5::Kind kind = h5::kind_of(object);
    if (kind == h5::Kind::other) refuse(child, "neither a group nor a dataset");
    if (kind == h5::Kind::dataset) {
      add_dataset(object, child);
    } else {
      groups_.push_back(child);
      walk(object, child, depth + 1);
    }
  }
}

void H5Reader::add_dataset(const h5::Id& dataset, const std::string& path) {
  const auto facts = h5::facts_of(dataset);
  if (!facts) damaged(path);
  if (facts->dims.size() > kMaxRank) refuse(path, fmt::format("{} dimensions", facts->dims.size()));
  if (facts->elsewhere) refuse(path, "data outside of this dataset (virtual or external storage)");
  for (int filter : facts->filters)
    if (filter != h5::kDeflate && filter != h5::kShuffle)
      refuse(path, fmt::format("compressed by filter {} (only deflate and shuffle are read)", filter));
  const uint64_t declared = block_bytes(facts->dims, facts->element_bytes);
  if (declared > kMaxDatasetBytes || block_bytes(facts->chunk, facts->element_bytes) > kMaxDatasetBytes)
    refuse(path, "a shape of more than 1 GiB");
  const uint64_t stored = facts->stored_bytes;
  if (stored > bytes_ || (!facts->empty && declared > stored * kMaxExpansion))
    refuse(path, fmt::format("a shape of {} bytes with {} bytes stored in a file of {}", declared, stored, bytes_));

  H5Dataset found{.path = path, .dims = {facts->dims.begin(), facts->dims.end()}, .dtype = facts->type};
  if (facts->empty) found.dims = {0};
  // Keras' form of bfloat16: two bytes without a float type, and an attribute.
  if (facts->element_bytes == 2 && (found.dtype == "opaque" || found.dtype == "integer") &&
      texts(dataset, path, "dtype") == std::vector<std::string>{"bfloat16"})
    found.dtype = "bf16";
  datasets_.push_back(std::move(found));
}

h5::Texts H5Reader::texts(const h5::Id& object, const std::string& path, const std::string& attribute) const {
  const auto there = h5::has_attribute(object, attribute);
  const std::string label = fmt::format("attribute {} of {}", attribute, or_root(path));
  if (!there) damaged(label);
  if (!*there) return std::nullopt;
  const h5::Id id = h5::open_attribute(object, attribute);
  if (!id.good()) damaged(label);
  if (h5::attribute_bytes(id) > kMaxAttributeBytes) refuse(label, "more than 64 KiB");
  auto found = h5::read_attribute(id);
  if (!found) damaged(label + " as text");
  return found;
}
h5::Texts H5Reader::texts(const std::string& group, const std::string& attribute) const {
  return texts(open(group), group, attribute);
}

std::vector<float> H5Reader::read(const H5Dataset& dataset) const {
  require(dataset.is_float(), "{} of {} is no tensor of floats", dataset.path, printable(path_));
  std::vector<float> values(static_cast<size_t>(dataset.size()));
  if (values.empty()) return values;
  const h5::Id id = open(dataset.path);
  const auto facts = h5::facts_of(id);
  if (!facts || !std::equal(facts->dims.begin(), facts->dims.end(), dataset.dims.begin(), dataset.dims.end()))
    damaged(dataset.path);
  if (facts->type.starts_with("f") || facts->type == "bf16") {
    if (!h5::read_f32(id, values)) damaged(dataset.path);
    return values;
  }
  std::vector<uint16_t> bits(values.size());
  if (!h5::read_two_bytes(id, bits)) damaged(dataset.path);
  std::transform(bits.begin(), bits.end(), values.begin(), [](uint16_t v) { return f32_of(Bf16{v}); });
  return values;
}

std::string H5Reader::read_text(const H5Dataset& dataset) const {
  const auto found = h5::read_texts(open(dataset.path));
  if (!found || found->size() != 1) damaged(dataset.path + " as text");
  return found->front();
}

}  // namespace graft
