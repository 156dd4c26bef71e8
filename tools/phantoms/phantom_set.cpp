#include <fmt/format.h>

#include "engine/image/png_writer.h"
#include "kernels/api/error.h"
#include "tools/phantoms/phantom.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

void write_split(const fs::path& out, const char* split, int count, const PhantomSet& set, uint64_t first_index) {
  for (const char* name : kLesionNames) {
    fs::create_directories(out / split / name);
    fs::create_directories(out / "masks" / split / name);
  }
  for (int i = 0; i < count; ++i) {
    const int kind = i % static_cast<int>(kLesionNames.size());
    const Phantom drawn = draw_phantom(Lesion{kind}, set.seed, first_index + i, set.size);
    const fs::path file = fs::path(kLesionNames[kind]) / fmt::format("{}_{:04}.png", kLesionNames[kind], i / 4);
    write_png(out / split / file, drawn.image);
    write_png(out / "masks" / split / file, drawn.mask);
  }
}

void discard(const fs::path& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

}  // namespace

void write_phantom_set(const fs::path& out, const PhantomSet& set) {
  if (set.train < 0 || set.test < 0 || set.train + int64_t{set.test} > 1'000'000)
    fail(Fault::usage, "{} and {} phantoms: numbers must not be negative, nor above a million together", set.train,
         set.test);
  if (fs::exists(out))
    fail(Fault::usage, "{}: already exists; name another folder, or remove it first", out.string());
  // Drawn under a temporary name, so that an interrupted set never looks complete.
  const fs::path partial = fs::path(out).concat(".partial");
  try {
    fs::remove_all(partial);
    write_split(partial, "train", set.train, set, 0);
    write_split(partial, "test", set.test, set, uint64_t{1} << 32);
    fs::rename(partial, out);
  } catch (const fs::filesystem_error& error) {
    discard(partial);
    fail(Fault::resources, "{}: cannot be written: {}; choose a writable folder with enough space", out.string(),
         error.code().message());
  } catch (...) {
    discard(partial);
    throw;
  }
}

}  // namespace graft
