// Checkpoints, and the run state in them. A checkpoint that can be read must survive a round trip. Digests are
// recomputed after a mutation, so that mutations reach the contents.
#include "weights/checkpoint.h"

#include <nlohmann/json.hpp>

#include "engine/base/hash.h"
#include "tests/fuzz/harness.h"
#include "tests/support/memory_device.h"
#include "tools/run/run_state.h"
#include "tools/terminal/terminal.h"

using namespace graft;
using namespace graft::fuzz;

namespace {

constexpr size_t kHeader = 88;  // see checkpoint.h
size_t header_bytes(const uint8_t* file) {
  size_t bytes = 0;
  for (size_t i = 8; i-- > 0;) bytes = bytes << 8 | file[16 + i];
  return bytes;
}

Tensor tensor_of(const HostArray& array) {
  Device& device = test::memory_device();
  return array.dtype == DType::f32  ? Tensor::from_host(device, array.shape, array.f32())
         : array.dtype == DType::u8 ? Tensor::from_host(device, array.shape, array.u8())
                                    : Tensor::from_host(device, array.shape, array.i32());
}

void save_again(const Checkpoint& read) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (const HostArray& array : read.arrays) tensors.emplace_back(array.name, tensor_of(array));
  const std::filesystem::path path = folder().at("again.graft");
  save_checkpoint(path, read.state, tensors);
  const Checkpoint again = load_checkpoint(path);
  bool same = again.state == read.state && again.arrays.size() == read.arrays.size();
  for (size_t i = 0; same && i < read.arrays.size(); ++i)
    same = again.arrays[i].name == read.arrays[i].name && again.arrays[i].shape == read.arrays[i].shape &&
           again.arrays[i].dtype == read.arrays[i].dtype && again.arrays[i].bytes == read.arrays[i].bytes;
  if (!same) finding("saved and loaded again it is another checkpoint");
}

// Recomputes the digests of the tensors, in the order of the header, and then that of the header.
void mend_digests(uint8_t* file, size_t size) {
  if (size < kHeader || header_bytes(file) > size - kHeader) return;
  const size_t length = header_bytes(file), header_end = kHeader + length;
  std::string header(text(file + kHeader, length));
  const nlohmann::json content = nlohmann::json::parse(header, nullptr, false);
  size_t offset = header_end, from = 0;
  if (content.is_object() && content.contains("tensors") && content["tensors"].is_array())
    for (const nlohmann::json& tensor : content["tensors"]) {
      const std::string key = "\"sha256\":\"";
      const size_t digest = header.find(key, from);
      if (digest == header.npos || digest + key.size() + 64 > header.size() || !tensor.is_object()) break;
      size_t bytes = tensor.value("dtype", nlohmann::json()) == "u8" ? 1 : 4;
      for (const nlohmann::json& dim : tensor.value("shape", nlohmann::json::array()))
        bytes *= dim.is_number_unsigned() ? std::min(dim.get<size_t>(), size) : 1;
      offset = (offset + 63) / 64 * 64;
      if (offset > size || bytes > size - offset) break;
      header.replace(digest + key.size(), 64, sha256(text(file + offset, bytes)));
      offset += bytes, from = digest + key.size() + 64;
    }
  std::memcpy(file + kHeader, header.data(), length);
  std::memcpy(file + 24, sha256(header).data(), 64);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  terminal().quiet = true;  // no note on the generation used
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::filesystem::path path = folder().write("checkpoint.graft", text(data, size));
  std::filesystem::remove(previous_checkpoint(path));
  Checkpoint read;
  if (!accepted({Fault::weights}, [&] { read = load_checkpoint(path); })) return 0;
  accepted({}, [&] { save_again(read); });
  accepted({Fault::weights}, [&] { load_state(folder().path(), {}); });
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (size < kHeader + 16 || seed % 8 == 0) return size;
  // The header ends with the last brace before the tensors; the file's end contains its length.
  const size_t brace = text(data, size).rfind("]}");
  if (brace != std::string_view::npos && brace > kHeader)
    for (size_t i = 0; i < 8; ++i) data[16 + i] = static_cast<uint8_t>((brace + 2 - kHeader) >> (8 * i));
  for (size_t i = 0; i < 8; ++i) data[size - 8 + i] = static_cast<uint8_t>(size >> (8 * i));
  mend_digests(data, size);
  return size;
}
