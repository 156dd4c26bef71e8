#include "weights/hdf5/file_kind.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

#include "engine/base/printable.h"
#include "engine/base/system_advice.h"
#include "weights/io/system_calls.h"

namespace graft {
namespace {

constexpr std::string_view kHdf5("\x89HDF\r\n\x1a\n", 8);

struct Head {
  std::array<unsigned char, 64> bytes{};
  uint64_t file_bytes = 0;
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  uint64_t little_endian(size_t at, size_t count) const {
    uint64_t value = 0;
    for (size_t i = 0; i < count && at + i < bytes.size(); ++i) value |= uint64_t{bytes[at + i]} << (8 * i);
    return value;
  }
};

Head read_head(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    fail(Fault::weights, "{}: a folder; give the weights file in it", printable(path));
  if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored))
    fail(Fault::weights, "{}: not a regular file", printable(path));  // opening a pipe would block forever
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) fail(read_fault(errno), "cannot read {}: {}", printable(path), system_reason(errno));
  Head head;
  (void)!std::fread(head.bytes.data(), 1, head.bytes.size(), file.get());
  if (std::ferror(file.get()) || std::fseek(file.get(), 0, SEEK_END) != 0)
    fail(read_fault(errno), "cannot read {}: {}", printable(path), system_reason(errno));
  head.file_bytes = static_cast<uint64_t>(std::ftell(file.get()));
  return head;
}

// Names another kind of file, and what to do with it.
const char* advice(const Head& head) {
  const std::string_view text = head.text();
  if (head.file_bytes == 0) return "the file is empty; get it again";
  if (text.starts_with("PK\x03\x04"))
    return "a zip archive: unzip model.weights.h5 from a .keras file; "
           "save the tensors of a .pth file as safetensors with PyTorch first";
  if (text.starts_with("\x80\x02")) return "a Python pickle: save the tensors as safetensors with PyTorch first";
  if (text.starts_with("version https://git-lfs")) return "a Git LFS pointer, not the file: run git lfs pull";
  if (text.starts_with("<")) return "a web page, not weights: the download was refused or redirected; get it again";
  if (text.starts_with("{"))
    return "JSON: of weights in several parts (.weights.json) write one .weights.h5 in Keras";
  return "not an HDF5 file (Keras .h5) nor safetensors";
}

bool looks_like_safetensors(const Head& head) {
  const uint64_t header = head.little_endian(0, 8);
  return head.file_bytes > 9 && header >= 2 && header <= head.file_bytes - 8 && head.bytes[8] == '{';
}

}  // namespace

uint64_t check_hdf5(const std::filesystem::path& path) {
  const Head head = read_head(path);
  if (!head.text().starts_with(kHdf5)) {
    if (looks_like_safetensors(head))
      fail(Fault::weights, Advice{"convert"}, "{}: safetensors; convert it to .h5", printable(path));
    fail(Fault::weights, "{}: {}", printable(path), advice(head));
  }
  // The superblock: versions 0 and 1 keep the size of addresses at byte 13, 2 and 3 at byte 9; the end of the file
  // is the third of the addresses that follow.
  const unsigned version = head.bytes[8];
  const uint64_t address = head.bytes[version < 2 ? 13 : 9];
  const uint64_t first = version == 0 ? 24 : version == 1 ? 28 : 12;
  if (version > 3 || (address != 4 && address != 8))
    fail(Fault::weights, "{}: damaged in its first bytes; get it again", printable(path));
  const uint64_t end = head.little_endian(first + 2 * address, address);
  if (head.file_bytes < end)
    fail(Fault::weights, "{}: the file is {} bytes, its header says {}: the download was cut, get it again",
         printable(path), head.file_bytes, end);
  return head.file_bytes;
}

bool is_safetensors(const std::filesystem::path& path) { return looks_like_safetensors(read_head(path)); }

}  // namespace graft
