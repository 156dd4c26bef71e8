#include "weights/hdf5/h5_writer.h"

#include <future>

#include "engine/base/atomic_file.h"
#include "engine/base/hash.h"
#include "engine/base/threads.h"
#include "kernels/api/error.h"
#include "weights/hdf5/crash_guard.h"

namespace graft {
namespace {

constexpr const char* kCrash =
    "the HDF5 library crashed while building a file in memory, most likely for lack of memory; "
    "free some memory and run again\n";

// make() returns whether the library succeeded.
template <class F>
void build(const std::string& what, const F& make) {
  const CrashGuard guard(kCrash);
  if (!make())
    fail(Fault::resources, "cannot build {} of an HDF5 file in memory; free some memory and run again", what);
}

std::string or_root(const std::string& path) { return path.empty() ? "/" : path; }

}  // namespace

H5Writer::H5Writer() {
  build("the beginning", [&] { return (file_ = h5::create_in_memory()).good(); });
}

void H5Writer::text(const std::string& group, const std::string& attribute, const std::string& value) {
  build(attribute, [&] { return h5::write_attribute(file_, or_root(group), attribute, {&value, 1}, true); });
}
void H5Writer::texts(const std::string& group, const std::string& attribute,
                     const std::vector<std::string>& values) {
  build(attribute, [&] { return h5::write_attribute(file_, or_root(group), attribute, values, false); });
}
void H5Writer::dataset(const std::string& path, std::span<const int64_t> dims, std::span<const float> values) {
  build(path, [&] { return h5::write_f32(file_, path, dims, values); });
}
void H5Writer::text_dataset(const std::string& path, const std::string& value) {
  build(path, [&] { return h5::write_text(file_, path, value); });
}

std::string H5Writer::save(const std::filesystem::path& path) {
  std::span<const std::byte> image;
  build("the end", [&] { return !(image = h5::image(file_)).empty(); });
  std::future<std::string> digest = run_beside([image] { return sha256(image); });
  write_file(path, image);
  return digest.get();
}

}  // namespace graft
