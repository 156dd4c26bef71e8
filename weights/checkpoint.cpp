#include "weights/checkpoint.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>
#include <set>

#include "engine/base/atomic_file.h"
#include "engine/base/hash.h"
#include "engine/base/json_text.h"
#include "engine/base/printable.h"
#include "engine/base/threads.h"
#include "weights/io/byte_file.h"

namespace graft {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr std::string_view kMagic = "GRAFTCKP", kEnd = "GRAFTEND";
constexpr uint64_t kVersion = 1;                                               // as u32, followed by a u32 of 0
constexpr uint64_t kFixedBytes = 8 + 8 + 8 + 64, kEndBytes = 16, kAlign = 64;  // the digest is in hexadecimal
constexpr size_t kMaxHeader = size_t{1} << 28, kMaxTensors = 4096;
constexpr const char* kDTypes[] = {"f32", "bf16", "u8", "i32"};  // by DType

constexpr uint64_t aligned(uint64_t offset) { return (offset + kAlign - 1) / kAlign * kAlign; }

std::string u64(uint64_t value) {
  std::string text;
  for (int i = 0; i < 8; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

// Position of a tensor, and the digest of its bytes.
struct Stored {
  const Tensor* tensor;
  uint64_t offset;
  std::string sha256;
};

// Piece by piece: a full copy could be as large as the model, and a piece is still in the cache when it is written.
void store(Stored& t, AtomicFile& file) {
  constexpr size_t kPiece = size_t{256} << 10;
  const Tensor& from = *t.tensor;
  const void* data = from.dtype() == DType::f32  ? static_cast<const void*>(from.f32())
                     : from.dtype() == DType::u8 ? static_cast<const void*>(from.u8())
                                                 : static_cast<const void*>(from.i32());
  std::vector<std::byte> piece(std::min(from.bytes(), kPiece));
  Hasher hash(Hasher::sha256);
  for (size_t done = 0; done < from.bytes(); done += piece.size()) {
    piece.resize(std::min(from.bytes() - done, kPiece));
    from.device().backend().to_host(piece.data(), static_cast<const std::byte*>(data) + done, piece.size());
    hash.update(piece.data(), piece.size());
    file.write_at(t.offset + done, piece.data(), piece.size());
  }
  t.sha256 = hash.hex();
}

// Two at a time, as computing a digest takes one thread as long as copying into the file takes another.
void store_all(std::vector<Stored>& tensors, AtomicFile& file) {
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i; (i = next++) < tensors.size();) store(tensors[i], file);
  };
  std::future<void> other = run_beside(work);
  work();
  other.get();
}

template <class T>
std::span<const T> as(const HostArray& array, DType dtype) {
  if (array.dtype != dtype)
    fail(Fault::weights, "checkpoint: {} holds {}, not {}", printable(array.name), kDTypes[int(array.dtype)],
         kDTypes[int(dtype)]);
  return {reinterpret_cast<const T*>(array.bytes.data()), array.bytes.size() / sizeof(T)};
}

// ---- reading ---------------------------------------------------------------------------------------------------

[[noreturn]] void damaged(const ByteFile& file, const std::string& what) {
  fail(Fault::weights, "{}: damaged: {}", file.name(), what);
}

// The header's description of one tensor, after its digest has been checked: still not trusted with memory.
HostArray declared(const ByteFile& file, const json& entry) {
  HostArray array{.name = entry.at("name").get<std::string>()};
  const auto dtype = std::find(std::begin(kDTypes), std::end(kDTypes), entry.at("dtype").get<std::string>());
  const auto dims = integers(entry.at("shape"), file.name() + ": the shape of " + printable(array.name));
  if (dtype == std::end(kDTypes) || dims.empty() || dims.size() > 4)
    damaged(file, "the header of " + printable(array.name));
  array.dtype = static_cast<DType>(dtype - std::begin(kDTypes));
  uint64_t bytes = size_of(array.dtype);
  for (int64_t d : dims) {
    if (d <= 0 || bytes > file.bytes() / static_cast<uint64_t>(d))
      damaged(file, "the shape of " + printable(array.name));
    bytes *= static_cast<uint64_t>(d);
  }
  array.shape = dims.size() == 1   ? Shape{dims[0]}
                : dims.size() == 2 ? Shape{dims[0], dims[1]}
                : dims.size() == 3 ? Shape{dims[0], dims[1], dims[2]}
                                   : Shape{dims[0], dims[1], dims[2], dims[3]};
  array.bytes.resize(bytes);
  return array;
}

void require_zeros(const ByteFile& file, uint64_t begin, uint64_t end) {
  const std::string text = file.read_text(begin, end - begin);
  if (std::any_of(text.begin(), text.end(), [](char c) { return c != 0; })) damaged(file, "bytes between tensors");
}

Checkpoint read_whole(const fs::path& path) {
  const ByteFile file(path);
  if (file.bytes() < kFixedBytes + kEndBytes || file.read_text(0, 8) != kMagic)
    damaged(file, "it is no checkpoint of this program, or was cut");
  const uint64_t version = file.read_u64(8), header_bytes = file.read_u64(16);
  if (version != kVersion)
    fail(Fault::weights, "{}: checkpoint version {}, this program reads {}", file.name(), version, kVersion);
  if (header_bytes > std::min<uint64_t>(kMaxHeader, file.bytes())) damaged(file, "the size of its header");
  const std::string header = file.read_text(kFixedBytes, header_bytes);
  if (sha256(header) != file.read_text(24, 64)) damaged(file, "its header does not have the digest it should");

  Checkpoint checkpoint{.state = {}, .arrays = {}, .file = path, .note = ""};
  uint64_t offset = kFixedBytes + header_bytes;
  try {
    const json content = parse_json(header, file.name() + ": its header");
    checkpoint.state = content.at("state");
    for (const json& entry : content.at("tensors")) {
      HostArray array = declared(file, entry);
      require_zeros(file, offset, std::min(aligned(offset), file.bytes()));
      file.read(aligned(offset), array.bytes);
      if (sha256(array.bytes) != entry.at("sha256").get<std::string>())
        damaged(file, printable(array.name) + " does not have the digest it should");
      offset = aligned(offset) + array.bytes.size();
      checkpoint.arrays.push_back(std::move(array));
    }
  } catch (const json::exception& e) {
    damaged(file, fmt::format("its header: {}", printable(e.what())));
  }
  require_zeros(file, offset, std::min(aligned(offset), file.bytes()));
  if (file.bytes() != aligned(offset) + kEndBytes || file.read_text(aligned(offset), 8) != kEnd ||
      file.read_u64(aligned(offset) + 8) != file.bytes())
    damaged(file, "its end is missing or is followed by something");
  return checkpoint;
}

}  // namespace

std::span<const float> HostArray::f32() const { return as<float>(*this, DType::f32); }
std::span<const uint8_t> HostArray::u8() const { return as<uint8_t>(*this, DType::u8); }
std::span<const int32_t> HostArray::i32() const { return as<int32_t>(*this, DType::i32); }

const HostArray& Checkpoint::find(const std::string& name) const {
  for (const HostArray& array : arrays)
    if (array.name == name) return array;
  fail(Fault::weights, "{}: no {} in this checkpoint; it is of another run or another version", printable(file),
       printable(name));
}

fs::path previous_checkpoint(const fs::path& path) { return fs::path(path) += ".prev"; }

void save_checkpoint(const fs::path& path, const json& state,
                     const std::vector<std::pair<std::string, Tensor>>& tensors) {
  json content = {{"state", state}, {"tensors", json::array()}};
  std::set<std::string> names;
  for (const auto& [name, tensor] : tensors) {
    require(names.insert(name).second, "tensor {} is twice in a checkpoint", name);
    require(tensor.dtype() != DType::bf16, "tensor {} is bf16; checkpoints hold f32, u8 and i32", name);
    std::vector<int64_t> dims;
    for (int i = 0; i < tensor.shape().rank(); ++i) dims.push_back(tensor.shape()[i]);
    content["tensors"].push_back({{"name", name},
                                  {"dtype", kDTypes[int(tensor.dtype())]},
                                  {"shape", dims},
                                  {"sha256", std::string(64, '0')}});
  }
  const uint64_t header_bytes = content.dump().size();  // digests have a fixed length, hence the header, too
  require(header_bytes <= kMaxHeader && tensors.size() <= kMaxTensors, "a checkpoint header of {} bytes",
          header_bytes);

  // Gaps between tensors are never written and read as zeros.
  AtomicFile file(path);
  std::vector<Stored> stored;
  uint64_t end = aligned(kFixedBytes + header_bytes);
  for (const auto& [name, tensor] : tensors) {
    stored.push_back({&tensor, end, ""});
    end = aligned(end + tensor.bytes());
  }
  store_all(stored, file);
  for (size_t i = 0; i < stored.size(); ++i) content["tensors"][i]["sha256"] = stored[i].sha256;
  const std::string header = content.dump();
  file.write(std::string(kMagic) + u64(kVersion) + u64(header.size()) + sha256(header) + header);
  const std::string last = std::string(kEnd) + u64(end + kEndBytes);
  file.write_at(end, last.data(), last.size());
  file.commit(previous_checkpoint(path));
}

Checkpoint load_checkpoint(const fs::path& path) {
  std::optional<Error> newest;
  try {
    return read_whole(path);
  } catch (const Error& e) {
    newest = e;
  }
  try {
    Checkpoint checkpoint = read_whole(previous_checkpoint(path));
    checkpoint.note = fmt::format("{}; going on from {}", newest->what(), printable(checkpoint.file));
    return checkpoint;
  } catch (const Error& e) {
    if (newest->fault() == Fault::resources) throw *newest;  // the machine is at fault, not the checkpoint
    fail(Fault::weights, "no checkpoint can be used: {}; {}; start the run from the beginning", newest->what(),
         e.what());
  }
}

}  // namespace graft
