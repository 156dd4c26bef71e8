// Files that Graft writes contain a digest of their contents, so any change is detected on loading.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "kernels/api/philox.h"
#include "tests/support/program.h"
#include "tests/support/scratch.h"
#include "tests/weights/weights_fixture.h"
#include "weights/keras/keras_h5.h"
#include "weights/keras/keras_writer.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

// Returns the offset of `value` in `bytes`, where it must occur once.
size_t place_of(const std::string& bytes, float value) {
  const std::string wanted(reinterpret_cast<const char*>(&value), sizeof value);
  const size_t at = bytes.find(wanted);
  REQUIRE(at != bytes.npos);
  return at;
}

}  // namespace

TEST_CASE("a single changed value is detected, even one that is not loaded") {
  Scratch scratch;
  const fs::path path = scratch.path() / "a.h5";
  TinyVgg whole(true), trunk(false);
  load_keras_h5(golden_weights() / "keras1.h5", whole.list());
  save_keras_h5(path, whole.list(), {{"classes", {"a", "b"}}});
  const std::string good = bytes_of(path);
  for (const char* name : {"block2_conv1/kernel", "predictions/bias"}) {
    CAPTURE(name);
    std::string bytes = good;
    bytes[place_of(good, golden_value(name, 3))] ^= 1;
    put_bytes(path, bytes);
    for (TinyVgg* net : {&whole, &trunk}) {
      const std::string message = error_of([&] { load_keras_h5(path, net->list()); });
      CHECK_MESSAGE(message.find("its values are not those that were saved") != std::string::npos, message);
    }
  }
  put_bytes(path, good);
  CHECK_NOTHROW(load_keras_h5(path, trunk.list()));
}

TEST_CASE("a changed record is detected; a record without a digest is still read") {
  Scratch scratch;
  const fs::path path = scratch.path() / "a.h5";
  TinyVgg net(true);
  load_keras_h5(golden_weights() / "keras1.h5", net.list());
  save_keras_h5(path, net.list(), {{"classes", {"benign", "malignant"}}});
  CHECK(*read_record(path) == nlohmann::json{{"classes", {"benign", "malignant"}}});
  std::string bytes = bytes_of(path);
  const size_t at = bytes.find("benign");
  REQUIRE(at != bytes.npos);
  bytes[at] = 'c';
  put_bytes(path, bytes);
  const std::string message = error_of([&] { read_record(path); });
  CHECK_MESSAGE(message.find("its record is not the one that was saved") != std::string::npos, message);

  bytes[at] = 'b';
  std::string nameless = bytes;
  for (size_t name; (name = nameless.find(std::string("graft\0\0\0", 8))) != nameless.npos;)
    nameless[name + 4] = 'u';  // keeps the sort order
  put_bytes(path, nameless);
  CHECK(error_of([&] { read_record(path); }).find("its record is missing") != std::string::npos);

  for (const char* field : {"values_sha256", "record_sha256"}) bytes[bytes.find(field)] = 'x';
  put_bytes(path, bytes);
  CHECK(read_record(path)->at("classes") == nlohmann::json{"benign", "malignant"});
  CHECK_NOTHROW(load_keras_h5(path, net.list()));
}

TEST_CASE("none of 300 single flipped bits in a model changes a prediction silently") {
  Scratch scratch;
  const fs::path data = scratch.path() / "data", run = scratch.path() / "run", path = scratch.path() / "m.h5";
  draw_stripes(data, {"a", "b"}, 4);
  const Run trained = shell("vgg-finetune train " + data.string() + tiny("--out " + run.string()));
  REQUIRE_MESSAGE(trained.code == 0, trained.output);
  const std::string good = bytes_of(run / "model.h5");
  const std::string command =
      "vgg-finetune predict " + path.string() + " " + (data / "test/a/image0.png").string() + " --csv --threads 1";
  put_bytes(path, good);
  const Run answer = shell(command);
  REQUIRE_MESSAGE(answer.code == 0, answer.output);
  int same = 0, refused = 0;
  const int flips = GRAFT_FEW_CASES ? 20 : 300;
  for (int i = 0; i < flips; ++i) {
    std::string bytes = good;
    const uint32_t random = philox_at(5, 300, uint64_t(i));
    // Spread over the whole file, and every third over the beginning, which has the structures.
    const size_t range = i % 3 ? bytes.size() : bytes.size() / 8;
    const size_t at = size_t(double(random >> 3) * 0x1p-29 * double(range));
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random & 7)));
    put_bytes(path, bytes);
    const Run r = shell(command);
    CAPTURE(at);
    same += r.code == 0, refused += r.code == 4;
    if (r.code == 0)
      CHECK(r.output == answer.output);
    else
      CHECK_MESSAGE(r.code == 4, r.output);
  }
  MESSAGE(flips, " flips: ", refused, " refused, ", same, " with the same answers");
  CHECK(same + refused == flips);
}

}  // namespace graft
