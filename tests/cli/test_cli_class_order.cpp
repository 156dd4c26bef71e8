// The columns of a stored head are matched to classes by name, wherever it comes from.
#include <doctest/doctest.h>

#include "tests/cli/cli_fixture.h"
#include "tests/weights/weights_fixture.h"
#include "weights/keras/keras_h5.h"

using namespace graft;
namespace fs = std::filesystem;

namespace {

struct Head {
  ParameterArena arena;
  std::vector<Parameter*> list;
  explicit Head(int64_t classes) {
    list = {&arena.declare("head_predictions/kernel", {32, classes}),
            &arena.declare("head_predictions/bias", {classes})};
    arena.allocate(test_device());
  }
  // Returns the values of the columns in this order.
  std::vector<float> columns(const std::vector<size_t>& order) const {
    std::vector<float> values;
    for (const Parameter* p : list) {
      const std::vector<float> all = p->value.to_host();
      for (size_t row = 0; row < all.size(); row += order.size())
        for (const size_t c : order) values.push_back(all[row + c]);
    }
    return values;
  }
};

struct Fixture : CliFixture {
  fs::path first = scratch.path() / "first", out = scratch.path() / "out";

  // Sorted by bytes: Left, mid, right.
  Fixture() : CliFixture({"Left", "mid", "right"}, 4) {
    const Run run = train("first", "--lr 1e-2 --epochs 2");
    REQUIRE_MESSAGE(run.code == 0, run.output);
  }
  void rename(const std::string& from, const std::string& to) const {
    for (const char* split : {"train", "test"}) fs::rename(data / split / from, data / split / to);
  }
  Run start(const fs::path& head) const {
    return train("out", "--lr 0 --weights " + (first / "model.h5").string() + " --head-weights " + head.string());
  }
};

std::vector<float> head_of(const fs::path& run, const std::vector<size_t>& order) {
  Head head(int64_t(order.size()));
  load_keras_h5(run / "model.h5", head.list);
  return head.columns(order);
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "head weights: columns follow the names of the classes, even in a restarted run") {
  rename("Left", "left_"), rename("right", "Right");  // now Right, left_, mid
  const Run run = start(first / "model.h5");
  REQUIRE_MESSAGE(run.code == 0, run.output);
  says(run, "'right' for 'Right', 'Left' for 'left_'");
  says(run, "reordered by class name: from Left, mid, right to Right, left_, mid");
  CHECK(head_of(out, {0, 1, 2}) == head_of(first, {2, 0, 1}));
  CHECK(head_of(out, {0, 1, 2}) != head_of(first, {0, 1, 2}));
  for (const char* state :
       {"checkpoint.graft", "checkpoint.graft.prev", "model.h5", "summary.json", "history.csv", "digests.json"})
    fs::remove(out / state);
  const Run again = shell("vgg-finetune train --resume " + out.string());
  REQUIRE_MESSAGE(again.code == 0, again.output);
  says(again, "stopped before anything was saved");
  CHECK(head_of(out, {0, 1, 2}) == head_of(first, {2, 0, 1}));
}

TEST_CASE_FIXTURE(
    Fixture, "head weights: equal classes are accepted, unnamed ones with a note, others refused with both lists") {
  const Run equal = start(first / "model.h5");
  REQUIRE_MESSAGE(equal.code == 0, equal.output);
  CHECK(equal.output.find("reordered") == equal.output.npos);
  CHECK(head_of(out, {0, 1, 2}) == head_of(first, {0, 1, 2}));
  fs::remove_all(out);

  Head bare(3);
  load_keras_h5(first / "model.h5", bare.list);
  save_keras_h5(scratch.path() / "keras.h5", bare.list, {});
  const Run unnamed = start(scratch.path() / "keras.h5");
  CHECK_MESSAGE(unnamed.code == 0, unnamed.output);
  says(unnamed, "does not record the classes of its head: their order is assumed to be Left, mid, right");
  fs::remove_all(out);

  rename("mid", "centre");
  const Run other = start(first / "model.h5");
  CHECK(other.code == 4);
  says(other, "Left, mid, right");
  says(other, "Left, centre, right");
  CHECK_FALSE(fs::exists(out));
}
