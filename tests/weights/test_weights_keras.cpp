// Keras' .h5 files: all layouts, matching by name or by order and shape, errors, and saving.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/support/scratch.h"
#include "tests/weights/weights_fixture.h"
#include "weights/hdf5/h5_file.h"
#include "weights/keras/keras_h5.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

void check_file(const char* name, const std::string& layout, const std::vector<std::string>& rules, bool top) {
  CAPTURE(name);
  TinyVgg net(top);
  const LoadReport report = load_keras_h5(golden_weights() / name, net.list());
  CHECK(report.layout == layout);
  REQUIRE(report.matches.size() == net.list().size());
  for (size_t i = 0; i < report.matches.size(); ++i) {
    CHECK(report.matches[i].parameter == net.list()[i]->name);
    CHECK(std::find(rules.begin(), rules.end(), report.matches[i].rule) != rules.end());
  }
  CHECK(net.wrong_values() == "");
}

}  // namespace

TEST_CASE("every Keras file layout gives the same values") {
  const std::vector<std::string> by_name{"name"}, by_attribute{"name attribute"}, by_order{"order and shape"};
  for (bool top : {true, false}) {
    check_file("keras1.h5", "Keras 1", by_name, top);
    check_file("keras2_weights.h5", "Keras 2", by_name, top);
    check_file("keras2_nested_weights.h5", "Keras 2", by_name, top);
    check_file("keras2_model.h5", "Keras 2 whole model", by_name, top);
    check_file("keras2.weights.h5", "Keras 3 .weights.h5", by_order, top);
    check_file("keras3_model.h5", "Keras 3 legacy whole model", by_name, top);
    check_file("keras3_nested_model.h5", "Keras 3 legacy whole model", by_name, top);
    check_file("keras3.weights.h5", "Keras 3 .weights.h5", by_attribute, top);
    check_file("keras3_nested.weights.h5", "Keras 3 .weights.h5", by_attribute, top);
    check_file("keras3_trained.weights.h5", "Keras 3 .weights.h5", by_attribute, top);
  }
  check_file("keras1_notop.h5", "Keras 1", by_name, false);
  check_file("variable_strings.h5", "Keras 1", by_name, false);
  check_file("keras1_chunked_names.h5", "Keras 1", by_name, false);
}

TEST_CASE("layers with other names match by order and shape, all or none") {
  TinyVgg net(true, {{"fc1", "head_dense"}, {"fc2", "head_middle"}, {"predictions", "head_predictions"}});
  const LoadReport report = load_keras_h5(golden_weights() / "keras2_weights.h5", net.list());
  CHECK(report.matches.front().rule == "name");
  CHECK(report.matches.back().rule == "order and shape");
  CHECK(report.matches.back().dataset == "predictions/predictions/bias:0");
  CHECK(report.table().find("order and shape") != std::string::npos);
}

TEST_CASE("layers of the file that were not requested are named") {
  TinyVgg net(false);
  const LoadReport report = load_keras_h5(golden_weights() / "keras1.h5", net.list());
  CHECK(report.unused == std::vector<std::string>{"fc1", "fc2", "predictions"});
}

TEST_CASE("every mismatch is listed, and no parameter is changed") {
  TinyVgg net(true, {}, {{"block2_conv1/kernel", {3, 3, 4, 7}}, {"fc1/kernel", {25, 10}}});
  const std::string message = error_of([&] { load_keras_h5(golden_weights() / "keras1_notop.h5", net.list()); });
  for (const char* part : {"block2_conv1/kernel [3x3x4x7] is [3x3x4x6]", "fc1/kernel [25x10] is missing",
                           "predictions/bias [4] is missing", "nothing was loaded"})
    CHECK_MESSAGE(message.find(part) != std::string::npos, message);
  for (const Parameter* p : net.list())
    for (float v : p->value.to_host()) REQUIRE(v == 0);
}

TEST_CASE("a saved file is read back with its record, and equal contents give equal bytes") {
  Scratch scratch;
  TinyVgg net(true), other(true);
  load_keras_h5(golden_weights() / "keras1.h5", net.list());
  const nlohmann::json record = {{"classes", {"no", "中文"}}, {"long", std::string(100'000, 'x')}};
  save_keras_h5(scratch.path() / "a.h5", net.list(), record);
  save_keras_h5(scratch.path() / "b.h5", net.list(), record);
  CHECK(bytes_of(scratch.path() / "a.h5") == bytes_of(scratch.path() / "b.h5"));
  const LoadReport report = load_keras_h5(scratch.path() / "a.h5", other.list());
  CHECK(report.layout == "Keras 2");
  CHECK(other.wrong_values() == "");
  CHECK(read_record(scratch.path() / "a.h5") == record);
  CHECK(read_record(golden_weights() / "keras1.h5") == std::nullopt);
}

TEST_CASE("values that are not finite are refused by name") {
  Scratch scratch;
  TinyVgg net(false), other(false);
  for (float bad : {NAN, INFINITY}) {
    net.set("block2_conv1/kernel", 100, bad);
    save_keras_h5(scratch.path() / "bad.h5", net.list(), {});
    const std::string message = error_of([&] { load_keras_h5(scratch.path() / "bad.h5", other.list()); });
    CHECK_MESSAGE(message.find("block2_conv1/kernel") != std::string::npos, message);
    CHECK_MESSAGE(message.find("not finite") != std::string::npos, message);
  }
}

TEST_CASE("weights of another network with the same names are refused") {
  Scratch scratch;
  ParameterArena deeper;
  for (const char* layer : {"block1_conv1", "block1_conv2", "block2_conv1"}) {
    deeper.declare(std::string(layer) + "/kernel", {3, 3, 3, 3});
    deeper.declare(std::string(layer) + "/bias", {3});
  }
  deeper.allocate(test_device());
  std::vector<Parameter*> all, some;
  for (Parameter& p : deeper.all()) {
    all.push_back(&p);
    if (!p.name.starts_with("block1_conv2")) some.push_back(&p);
  }
  save_keras_h5(scratch.path() / "deeper.h5", all, {});
  const std::string message = error_of([&] { load_keras_h5(scratch.path() / "deeper.h5", some); });
  CHECK_MESSAGE(message.find("another network") != std::string::npos, message);
  CHECK_MESSAGE(message.find("block1_conv2") != std::string::npos, message);
  CHECK_NOTHROW(load_keras_h5(scratch.path() / "deeper.h5", std::span(all).first(2)));
}

TEST_CASE("files of other types are recognised") {
  Scratch scratch;
  TinyVgg net(false);
  const auto message = [&](std::string_view content) {
    put_bytes(scratch.path() / "f", content);
    return error_of([&] { load_keras_h5(scratch.path() / "f", net.list()); });
  };
  CHECK(message("").find("empty") != std::string::npos);
  CHECK(message("<!DOCTYPE html>").find("web page") != std::string::npos);
  CHECK(message("PK\x03\x04zzzz").find(".keras") != std::string::npos);
  CHECK(message("version https://git-lfs.github.com/spec/v1").find("LFS") != std::string::npos);
  CHECK(message("plain").find("not an HDF5 file") != std::string::npos);
  CHECK(error_of([&] { load_keras_h5(scratch.path(), net.list()); }).find("folder") != std::string::npos);
  CHECK(error_of([&] { load_keras_h5(scratch.path() / "no", net.list()); }).find("No such file") !=
        std::string::npos);
  CHECK(error_of([&] {
          load_keras_h5(golden_weights() / "torchvision.safetensors", net.list());
        }).find("convert") != std::string::npos);
}

TEST_CASE("a disk that is full while saving weights keeps the old file") {
  Scratch scratch;
  TinyVgg net(true);
  save_keras_h5(scratch.path() / "a.h5", net.list(), {{"a", 1}});
  const std::string before = bytes_of(scratch.path() / "a.h5");
  {
    SmallFiles limit(4096);
    CHECK_THROWS_AS(save_keras_h5(scratch.path() / "a.h5", net.list(), {{"a", 2}}), Error);
  }
  CHECK(bytes_of(scratch.path() / "a.h5") == before);
  CHECK(std::distance(fs::directory_iterator(scratch.path()), {}) == 1);
}

}  // namespace graft
