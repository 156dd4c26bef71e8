#include "engine/base/npy_writer.h"

#include <bit>

#include "engine/base/atomic_file.h"
#include "kernels/api/error.h"

namespace graft {

static_assert(std::endian::native == std::endian::little);

void write_npy(const std::filesystem::path& path, int h, int w, std::span<const float> values) {
  require(values.size() == size_t(h) * size_t(w), "write_npy: {} values for {} x {}", values.size(), h, w);
  std::string header = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", h, w);
  constexpr size_t kPrefix = 10, kAlignment = 64;
  header.append((kAlignment - (kPrefix + header.size() + 1) % kAlignment) % kAlignment, ' ') += '\n';
  AtomicFile file(path);
  file.write(std::string_view("\x93NUMPY\x01\x00", 8));
  const char size[] = {char(header.size() % 256), char(header.size() / 256)};
  file.write(size, 2);
  file.write(header);
  file.write(values.data(), values.size_bytes());
  file.commit();
}

}  // namespace graft
