// Checkpoints: state and tensors restored exactly, damage detected, and the previous generation as a fallback.
#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "engine/base/hash.h"
#include "tests/support/scratch.h"
#include "tests/weights/weights_fixture.h"
#include "weights/checkpoint.h"

namespace graft {
namespace {

namespace fs = std::filesystem;
using Named = std::vector<std::pair<std::string, Tensor>>;

Named tensors(float first) {
  const std::vector<float> w{first, -1, 2, 3, 4, 5};
  return {{"w", Tensor::from_host(test_device(), {2, 3}, std::span(w))},
          {"t", Tensor::from_host(test_device(), {3}, std::span<const int32_t>(std::vector<int32_t>{7, -8, 9}))},
          {"b",
           Tensor::from_host(test_device(), {1, 1, 1, 2}, std::span<const uint8_t>(std::vector<uint8_t>{1, 255}))}};
}

}  // namespace

TEST_CASE("a checkpoint restores state and tensors") {
  Scratch scratch;
  const fs::path path = scratch.path() / "run.ckpt";
  const nlohmann::json state = {{"epoch", 3}, {"classes", {"a", "中"}}, {"lr", 1e-4}};
  save_checkpoint(path, state, tensors(1));
  const Checkpoint back = load_checkpoint(path);
  CHECK(back.state == state);
  CHECK(back.note == "");
  CHECK(back.file == path);
  CHECK(back.find("w").shape == Shape{2, 3});
  CHECK(back.find("w").f32()[0] == 1);
  CHECK(back.find("t").i32()[1] == -8);
  CHECK(back.find("b").u8()[1] == 255);
  CHECK_THROWS_AS(back.find("t").f32(), Error);
  CHECK_THROWS_AS(back.find("absent"), Error);
}

TEST_CASE("checkpoints of tensors of one and of several pieces, written by two threads") {
  Scratch scratch;
  const fs::path path = scratch.path() / "run.ckpt";
  Named named = tensors(1);
  const auto byte = [](size_t i) { return static_cast<uint8_t>(i * 2654435761u >> 13); };
  for (const size_t size : {262143, 262144, 262145, 700001}) {
    std::vector<uint8_t> values(size);
    for (size_t i = 0; i < size; ++i) values[i] = byte(i + size);
    named.emplace_back(fmt::format("u{}", size),
                       Tensor::from_host(test_device(), {int64_t(size)}, std::span<const uint8_t>(values)));
  }
  std::vector<float> values(100003);
  for (size_t i = 0; i < values.size(); ++i) values[i] = float(i) * 0.5f;
  named.emplace_back("f",
                     Tensor::from_host(test_device(), {int64_t(values.size())}, std::span(std::as_const(values))));
  save_checkpoint(path, {{"epoch", 1}}, named);
  const Checkpoint back = load_checkpoint(path);
  CHECK(std::ranges::equal(back.find("f").f32(), values));
  CHECK(back.find("w").f32()[5] == 5);
  for (const size_t size : {262143, 262144, 262145, 700001}) {
    const auto bytes = back.find(fmt::format("u{}", size)).u8();
    REQUIRE(bytes.size() == size);
    size_t wrong = 0;
    for (size_t i = 0; i < size; ++i) wrong += bytes[i] != byte(i + size);
    CHECK(wrong == 0);
  }
  // The disk becomes full in the middle of one of them.
  {
    SmallFiles limit(600000);
    CHECK_THROWS_AS(save_checkpoint(path, {{"epoch", 2}}, named), Error);
  }
  CHECK(load_checkpoint(path).state["epoch"] == 1);
  CHECK(std::distance(fs::directory_iterator(scratch.path()), {}) == 1);
}

TEST_CASE("a checkpoint without tensors, and a missing one") {
  Scratch scratch;
  save_checkpoint(scratch.path() / "c", {{"epoch", 0}}, {});
  CHECK(load_checkpoint(scratch.path() / "c").arrays.empty());
  CHECK(error_of([&] { load_checkpoint(scratch.path() / "absent"); }).find("no checkpoint can be used") == 0);
}

TEST_CASE("every truncation and flipped byte of a checkpoint is detected, and the previous generation is used") {
  Scratch scratch;
  const fs::path path = scratch.path() / "run.ckpt", alone = scratch.path() / "alone.ckpt";
  save_checkpoint(path, {{"epoch", 1}}, tensors(1));
  save_checkpoint(path, {{"epoch", 2}}, tensors(2));
  CHECK(load_checkpoint(path).state["epoch"] == 2);
  const std::string whole = bytes_of(path);
  const auto check = [&](const std::string& bytes) {
    put_bytes(path, bytes);
    const Checkpoint back = load_checkpoint(path);
    CHECK(back.state["epoch"] == 1);
    CHECK(back.file == previous_checkpoint(path));
    CHECK(back.note.find(path.string()) != std::string::npos);
    put_bytes(alone, bytes);
    REQUIRE(error_of([&] { load_checkpoint(alone); }) != "");
  };
  for (size_t length = 0; length < whole.size(); length += length < 100 ? 1 : 7) check(whole.substr(0, length));
  for (size_t i = 0; i < whole.size(); i += i < 100 ? 1 : 3) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << i % 8));
    check(flipped);
  }
  check(whole + '\0');
  put_bytes(path, whole);
  CHECK(load_checkpoint(path).state["epoch"] == 2);
  fs::remove(path);
  CHECK(load_checkpoint(path).state["epoch"] == 1);
}

TEST_CASE("checkpoint headers with a correct digest and invalid content are refused") {
  Scratch scratch;
  const fs::path path = scratch.path() / "run.ckpt";
  save_checkpoint(path, {{"epoch", 1}}, tensors(1));
  const std::string whole = bytes_of(path);
  const std::string header =
      whole.substr(88, static_cast<unsigned char>(whole[16]) + 256u * static_cast<unsigned char>(whole[17]));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = header;
    changed.replace(changed.find(from), from.size(), to);
    std::string bytes = whole.substr(0, 16);
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(changed.size() >> (8 * i));
    put_bytes(path, bytes + sha256(changed) + changed + whole.substr(88 + header.size()));
    return error_of([&] { load_checkpoint(path); });
  };
  CHECK(with("[2,3]", "[4611686018427387904,4]").find("shape of w") != std::string::npos);
  CHECK(with("[2,3]", "[0,3]").find("shape of w") != std::string::npos);
  CHECK(with("[2,3]", "[-2,3]").find("shape of w") != std::string::npos);
  CHECK(with("[2,3]", "[1,1,1,2,3]") != "");
  CHECK(with("[2,3]", "\"x\"") != "");
  CHECK(with("\"f32\"", "\"f33\"") != "");
  CHECK(with("\"state\":", "\"stat\":") != "");
  CHECK(with("{", std::string(5000, '[')).find("nested") != std::string::npos);
}

TEST_CASE("a disk that is full while saving a checkpoint keeps both generations") {
  Scratch scratch;
  const fs::path path = scratch.path() / "run.ckpt";
  save_checkpoint(path, {{"epoch", 1}}, tensors(1));
  save_checkpoint(path, {{"epoch", 2}}, tensors(2));
  {
    SmallFiles limit(200);
    CHECK_THROWS_AS(save_checkpoint(path, {{"epoch", 3}}, tensors(3)), Error);
  }
  CHECK(load_checkpoint(path).state["epoch"] == 2);
  CHECK(load_checkpoint(previous_checkpoint(path)).state["epoch"] == 1);
  CHECK(std::distance(fs::directory_iterator(scratch.path()), {}) == 2);
}

}  // namespace graft
