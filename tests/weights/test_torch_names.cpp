// State dicts as training scripts save them, with prefixes, wrappers and custom heads; and Keras files of nested
// models. The requested layers are read, whatever else the file contains.
#include <doctest/doctest.h>

#include "tests/support/scratch.h"
#include "tests/weights/weights_fixture.h"
#include "weights/convert/convert.h"
#include "weights/hdf5/h5_writer.h"
#include "weights/keras/keras_h5.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

// Each value identifies its tensor.
SafeEntry tensor(const std::string& name, const std::vector<int64_t>& shape, float value) {
  int64_t count = 1;
  for (int64_t d : shape) count *= d;
  return {name, "F32", shape, floats(size_t(count), value)};
}

// Five blocks of 2, 1, 1, 1 and 1 convolutions; `stem` is the prefix of the indices.
std::vector<SafeEntry> trunk(const std::string& stem) {
  std::vector<SafeEntry> entries;
  int64_t in = 3, value = 1;
  for (const char* number : {"0", "2", "5", "8", "11", "14"}) {
    entries.push_back(tensor(stem + number + ".weight", {4, in, 3, 3}, float(value++)));
    entries.push_back(tensor(stem + number + ".bias", {4}, float(value++)));
    in = 4;
  }
  return entries;
}

std::vector<SafeEntry> operator+(std::vector<SafeEntry> a, const std::vector<SafeEntry>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<SafeEntry> dense(const std::vector<std::string>& keys) {
  std::vector<SafeEntry> entries;
  int64_t in = 16;
  for (const std::string& key : keys) {
    entries.push_back(tensor(key + ".weight", {5, in}, 9));
    entries.push_back(tensor(key + ".bias", {5}, 9));
    in = 5;
  }
  return entries;
}

struct Fixture {
  Scratch scratch;
  fs::path from = scratch.path() / "in", to = scratch.path() / "out.h5";
  std::vector<std::string> notes;

  std::string error(const std::vector<SafeEntry>& entries, bool top = false) {
    put_bytes(from, safetensors_of(entries));
    fs::remove(to);
    return error_of([&] { notes = convert_safetensors(from, to, top).notes; });
  }
  std::string_view advised(const std::vector<SafeEntry>& entries) {
    put_bytes(from, safetensors_of(entries));
    try {
      convert_safetensors(from, to, true);
    } catch (const Error& e) {
      return e.advice().key;
    }
    return "none";
  }
  // The file that comes out; the notes are in `notes`.
  std::string converted(const std::vector<SafeEntry>& entries, bool top = false) {
    CHECK(error(entries, top) == "");
    return bytes_of(to);
  }
  bool noted(const std::string& words) const {
    for (const std::string& note : notes)
      if (note.find(words) != note.npos) return true;
    return false;
  }
};

bool says(const std::string& text, const std::string& words) {
  CHECK_MESSAGE(text.find(words) != text.npos, text, " should have: ", words);
  return true;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "state dicts: any prefix is removed and reported, and the trunk is the same") {
  const std::string plain = converted(trunk("features."));
  CHECK_FALSE(noted("taken off"));
  for (const std::string prefix :
       {"module.", "model.", "net.", "backbone.", "vgg.", "module.model.", "_orig_mod.a.b."}) {
    CAPTURE(prefix);
    CHECK(converted(trunk(prefix + "features.")) == plain);
    CHECK(noted("prefix '" + prefix + "' taken off"));
    const auto head = dense({prefix + "classifier.0", prefix + "classifier.3", prefix + "classifier.6"});
    CHECK(converted(trunk(prefix + "features.") + head, true).size() > plain.size());
  }
  for (const std::string stem : {"features.module.", "cnn.features.module.", "", "cnn.", "0."}) {
    CAPTURE(stem);
    CHECK(converted(trunk(stem)) == plain);
    CHECK(noted("'" + stem + "0', '" + stem + "2', ... read as features.0"));
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "state dicts: without its top the head may be anything, with it the message says what is there") {
  const std::string plain = converted(trunk("features."));
  const SafeEntry number{"epoch", "I64", {}, std::string(8, '\1')},
      scale = tensor("logit_scale", {}, 1), whole{"classifier.3.weight", "I32", {2}, std::string(8, '\1')};
  const std::vector<std::vector<SafeEntry>> heads = {
      dense({"classifier.0"}),
      dense({"classifier.0", "classifier.3"}),
      dense({"classifier.1", "classifier.4", "classifier.6"}),
      dense({"classifier.0", "classifier.3", "classifier.6", "classifier.9"}),
      dense({"fc"}),
      {tensor("classifier.0.weight", {5, 16}, 1)},                                           // without a bias
      {tensor("classifier.1.running_mean", {5}, 0), tensor("classifier.1.weight", {5}, 0)},  // with batch norm
      {number, scale, whole}};
  for (const auto& head : heads) {
    CAPTURE(head[0].name);
    CHECK(converted(trunk("features.") + head) == plain);
    const std::string refusal = error(trunk("features.") + head, true);
    for (const SafeEntry& e : head) says(refusal, e.name);
    CHECK(advised(trunk("features.") + head) == "without-top");
    CHECK_FALSE(fs::exists(to));
  }
  says(error(trunk("features."), true), "no classifier in it");
}

TEST_CASE_FIXTURE(Fixture, "state dicts: anything but a plain trunk, and two trunks, are refused by name") {
  const std::string two = error(trunk("student.features.") + trunk("teacher.features."));
  says(two, "student.features.*"), says(two, "teacher.features.*");
  says(error(trunk("features.") + trunk("ema.features.")), "ema.features.*");
  says(error(trunk("a.") + trunk("b.")), "a.*, b.*");
  CHECK(error(trunk("features.") + trunk("style.")) == "");  // the name decides
  for (const std::string prefix : {"", "module."}) {
    const auto batch_norm =
        trunk(prefix + "features.") + std::vector{tensor(prefix + "features.1.running_mean", {4}, 0)};
    says(error(batch_norm), "batch normalisation (" + prefix + "features.1.running_mean)");
  }
  // A network split into pieces, each of which looks like the beginning of one.
  auto piece = trunk("slice1.");
  piece.resize(4);
  says(error(piece), "slice1.* has 1 blocks");
  says(error(dense({"layer1"})), "it has layer1.bias, layer1.weight");
}

TEST_CASE("keras: layers of an enclosing model are not mixed with those of the trunk") {
  Scratch scratch;
  H5Writer file;
  const auto layer = [&](const std::string& group, const std::string& name, std::vector<int64_t> kernel) {
    int64_t count = 1;
    for (int64_t d : kernel) count *= d;
    file.dataset(group + "/vars/0", kernel, std::vector<float>(size_t(count), 0.5f));
    file.dataset(group + "/vars/1", {{kernel.back()}}, std::vector<float>(size_t(kernel.back()), 0.25f));
    file.text(group + "/vars", "name", name);
  };
  layer("layers/functional/layers/conv2d", "block1_conv1", {3, 3, 3, 4});
  layer("layers/functional/layers/conv2d_1", "block2_conv1", {3, 3, 4, 6});
  layer("layers/functional/layers/conv2d_2", "block2_conv2", {3, 3, 6, 6});
  layer("layers/conv2d", "squeeze", {1, 1, 6, 2});
  layer("layers/attention_conv", "attend", {1, 1, 6, 1});
  file.save(scratch.path() / "around.weights.h5");
  TinyVgg net(false);
  CHECK(error_of([&] { load_keras_h5(scratch.path() / "around.weights.h5", net.list()); }) == "");
  CHECK(net.list()[0]->value.to_host()[0] == 0.5f);

  layer("layers/functional_1/layers/conv2d", "block1_conv1", {3, 3, 3, 4});
  file.save(scratch.path() / "twice.weights.h5");
  const std::string two = error_of([&] { load_keras_h5(scratch.path() / "twice.weights.h5", net.list()); });
  says(two,
       "block1_conv1 is there twice, in layers/functional/layers/conv2d and layers/functional_1/layers/conv2d");
}

}  // namespace graft
