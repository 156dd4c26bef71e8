#include "weights/sources.h"

#include <array>
#include <cstdlib>

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "kernels/api/error.h"
#include "weights/io/byte_file.h"

namespace graft {
namespace fs = std::filesystem;
namespace {

#define GRAFT_KERAS "https://storage.googleapis.com/tensorflow/keras-applications/"
// Sizes and MD5 as Keras publishes them (keras/applications/vgg16.py, vgg19.py); no SHA-256 is published.
constexpr std::array kFiles = {
    OfficialFile{"vgg16", false, "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", GRAFT_KERAS "vgg16/",
                 58889256, "6d6bbae143d832006294945121d1f1fc"},
    OfficialFile{"vgg16", true, "vgg16_weights_tf_dim_ordering_tf_kernels.h5", GRAFT_KERAS "vgg16/", 553467096,
                 "64373286793e3c8b2b4e3219cbf3544b"},
    OfficialFile{"vgg19", false, "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5", GRAFT_KERAS "vgg19/",
                 80134624, "253f8cb515780f3b799900260a226db6"},
    OfficialFile{"vgg19", true, "vgg19_weights_tf_dim_ordering_tf_kernels.h5", GRAFT_KERAS "vgg19/", 574710816,
                 "cbe5617147190e668d6c5d5026f83318"},
};
#undef GRAFT_KERAS

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? value : nullptr;
}

}  // namespace

std::span<const OfficialFile> official_files() { return kFiles; }

const OfficialFile* find_official(std::string_view model, bool top) {
  for (const OfficialFile& file : kFiles)
    if (file.model == model && file.top == top) return &file;
  return nullptr;
}

fs::path cache_folder() {
  if (const char* own = variable("GRAFT_CACHE")) return own;
  if (const char* shared = variable("XDG_CACHE_HOME")) return fs::path(shared) / "graft";
  if (const char* home = variable("HOME")) return fs::path(home) / ".cache" / "graft";
  fail(Fault::usage,
       "no place for cached weights: neither GRAFT_CACHE nor HOME is set; set GRAFT_CACHE to a folder");
}

fs::path cache_path(const OfficialFile& file) { return cache_folder() / file.name; }

std::optional<fs::path> find_weights(std::string_view model, bool top) {
  const OfficialFile* file = find_official(model, top);
  if (!file) return std::nullopt;
  const fs::path path = cache_path(*file);
  std::error_code error;
  const uint64_t bytes = fs::file_size(path, error);
  if (error) return std::nullopt;
  const Advice get = top ? Advice{"get-with-top", {std::string(model)}} : Advice{"get", {std::string(model)}};
  constexpr const char* kAgain = "delete it, or set GRAFT_CACHE to another folder, and get it again";
  if (bytes != file->bytes)
    fail(Fault::weights, get, "{}: {} bytes, the official file has {}; {}", printable(path), bytes, file->bytes,
         kAgain);
  const ByteFile readable(path);
  if (const std::string md5 = md5_file(path); md5 != file->md5)
    fail(Fault::weights, get, "{}: its md5 is {}, that of the official file {}; {}", printable(path), md5,
         file->md5, kAgain);
  return path;
}

std::string manual_instructions(const OfficialFile& file) {
  return fmt::format("To put it there by hand:\n  get    {}{}\n  check  {} bytes, md5 {}\n  put    {}", file.base,
                     file.name, file.bytes, file.md5, printable(cache_path(file)));
}

}  // namespace graft
