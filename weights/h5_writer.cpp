#include "weights/h5_writer.h"

#include <atomic>
#include <cstdlib>
#include <new>

#include "engine/atomic_file.h"
#include "engine/hash.h"
#include "engine/threads.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

void require_written(bool written, const std::string& what) {
  if (!written)
    fail(Fault::resources, "cannot build {} of an HDF5 file in memory; free some memory and run again", what);
}

std::string or_root(const std::string& path) { return path.empty() ? "/" : path; }

// HDF5 crashes where it finds no memory. So what it takes first is looked for here, untouched.
h5::Id create_file() {
  constexpr size_t kFirst = size_t{16} << 20;
  void* volatile probe = std::malloc(kFirst);  // volatile: else the compiler leaves both calls out
  if (!probe) throw std::bad_alloc();
  std::free(probe);
  return h5::create_in_memory();
}

}  // namespace

H5Writer::H5Writer() : file_(create_file()) { require_written(file_.good(), "the beginning"); }

void H5Writer::text(const std::string& group, const std::string& attribute, const std::string& value) {
  require_written(h5::write_attribute(file_, or_root(group), attribute, {&value, 1}, true), attribute);
}
void H5Writer::texts(const std::string& group, const std::string& attribute,
                     const std::vector<std::string>& values) {
  require_written(h5::write_attribute(file_, or_root(group), attribute, values, false), attribute);
}
void H5Writer::dataset(const std::string& path, std::span<const int64_t> dims, std::span<const float> values) {
  require_written(h5::write_f32(file_, path, dims, values), path);
}
void H5Writer::text_dataset(const std::string& path, const std::string& value) {
  require_written(h5::write_text(file_, path, value), path);
}

std::string H5Writer::save(const std::filesystem::path& path) {
  const std::span<const std::byte> image = h5::image(file_);
  require_written(!image.empty(), "the end");
  std::string digest;
  std::atomic<int> next = 0;
  run_on_threads(2, [&] {
    for (int part; (part = next++) < 2;) {
      if (part == 0)
        write_file(path, image);
      else
        digest = sha256(image);
    }
  });
  return digest;
}

}  // namespace graft
