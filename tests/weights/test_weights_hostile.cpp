// Hostile HDF5 files, and valid ones that are unusual.
#include <doctest/doctest.h>

#include <iterator>

#include "kernels/api/philox.h"
#include "tests/support/places.h"
#include "tests/support/scratch.h"
#include "tests/weights/weights_fixture.h"
#include "weights/hdf5/h5_file.h"
#include "weights/inspect.h"
#include "weights/keras/keras_h5.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

fs::path hostile(const std::string& name) { return golden_folder() / "hostile_weights" / name; }

// The only layer of those files.
struct OneLayer {
  ParameterArena arena;
  std::vector<Parameter*> list;
  OneLayer() {
    list = {&arena.declare("a/kernel", {2, 3}), &arena.declare("a/bias", {3})};
    arena.allocate(test_device());
  }
};

// Loading may fail, but only with an Error (weights).
void must_not_crash(const fs::path& path) {
  TinyVgg net(true);
  const auto harmless = [](auto&& f) {
    const std::string message = error_of(f);
    CHECK_MESSAGE(message.find("another fault") == std::string::npos, message);
  };
  harmless([&] { load_keras_h5(path, net.list()); });
  harmless([&] { inspect_weights(path); });
}

}  // namespace

TEST_CASE("hostile HDF5 files are refused, each for its own reason") {
  const std::pair<const char*, const char*> cases[] = {
      {"soft_link.h5", "a/a/kernel:0: a soft or external link"},
      {"external_link.h5", "a/a/kernel:0: a soft or external link"},
      {"external_storage.h5", "external storage"},
      {"virtual.h5", "virtual or external"},
      {"lzf.h5", "compressed by filter 32000"},
      {"bomb_never_stored.h5", "more than 1 GiB"},
      {"bomb_wide.h5", "more than 1 GiB"},
      {"bomb_deflated.h5", "a shape of 16777216 bytes"},
      {"bomb_chunk.h5", "more than 1 GiB"},
      {"rank5.h5", "5 dimensions"},
      {"deep.h5", "more than 8 deep"},
      {"cycle.h5", "more than 8 deep"},
      {"many_objects.h5", "more than 1000 objects"},
      {"large_attribute.h5", "more than 64 KiB"},
      {"control_characters.h5", "control characters"},
      {"named_type.h5", "neither a group nor a dataset"},
      {"missing_dataset.h5", "a/kernel:0 and has no such dataset"},
      {"missing_group.h5", "gone and has no such group"},
      {"names_are_numbers.h5", "attribute layer_names of / as text cannot be read"},
      {"integers.h5", "holds integer, not floats"},
      {"odd_float.h5", "holds other, not floats"},
      {"no_keras.h5", "no Keras weights"},
      {"theano.h5", "filters of Theano"},
      {"channels_first.h5", "channels-first model"},
  };
  for (const auto& [name, reason] : cases) {
    OneLayer net;
    const std::string message = error_of([&] { load_keras_h5(hostile(name), net.list); });
    CHECK_MESSAGE(message.find(reason) != std::string::npos, name, ": ", message);
    CHECK_MESSAGE(message.find(name) != std::string::npos, message);
    for (float v : net.list[0]->value.to_host()) CHECK(v == 0);
  }
}

TEST_CASE("unusual HDF5 files are read") {
  for (const char* name : {"ok_deflate_shuffle.h5", "ok_v110.h5", "ok_f16.h5", "ok_f64_big_endian.h5",
                           "ok_bf16_integer.h5", "ok_bf16_opaque.h5", "ok_extra.h5"}) {
    CAPTURE(name);
    OneLayer net;
    load_keras_h5(hostile(name), net.list);
    CHECK(net.list[0]->value.to_host() == std::vector<float>{0, 1, 2, 3, 4, 5});
  }
}

TEST_CASE("every hostile HDF5 file is in one of the lists above") {
  CHECK(std::distance(fs::directory_iterator(hostile("")), {}) == 24 + 7);
}

TEST_CASE("a truncated download is reported as such, wherever it ends") {
  Scratch scratch;
  const fs::path path = scratch.path() / "cut.h5";
  for (const char* name : {"keras1.h5", "keras3.weights.h5"}) {
    const std::string whole = bytes_of(golden_weights() / name);
    for (size_t length = 64; length < whole.size(); length += 997) {
      put_bytes(path, std::string_view(whole).substr(0, length));
      TinyVgg net(true);
      const std::string message = error_of([&] { load_keras_h5(path, net.list()); });
      const std::string expected =
          fmt::format("the file is {} bytes, its header says {}: the download was cut", length, whole.size());
      REQUIRE_MESSAGE(message.find(expected) != std::string::npos, message);
    }
    for (size_t length = 0; length < 64; ++length) {
      put_bytes(path, std::string_view(whole).substr(0, length));
      TinyVgg net(true);
      REQUIRE(error_of([&] { load_keras_h5(path, net.list()); }) != "");
    }
  }
}

TEST_CASE("random flipped bytes cause nothing worse than an error") {
  Scratch scratch;
  const fs::path path = scratch.path() / "flipped.h5";
  for (const fs::path& golden :
       {golden_weights() / "keras1.h5", golden_weights() / "keras3_trained.weights.h5",
        golden_weights() / "keras2_model.h5", hostile("ok_v110.h5"), hostile("ok_deflate_shuffle.h5")}) {
    const std::string whole = bytes_of(golden);
    for (uint64_t round = 0; round < 20; ++round) {
      std::string bytes = whole;
      for (uint64_t flip = 0; flip < 1 + round % 4; ++flip) {
        const uint32_t random = philox_at(1, whole.size(), 2 * (4 * round + flip));
        const size_t at = round % 2 ? random % bytes.size() : random % std::min<size_t>(bytes.size(), 4096);
        bytes[at] = static_cast<char>(philox_at(1, whole.size(), 2 * (4 * round + flip) + 1));
      }
      put_bytes(path, bytes);
      must_not_crash(path);
    }
  }
}

}  // namespace graft
