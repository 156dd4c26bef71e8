// safetensors files: conversion to .h5, malformed files, and inspect.
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/support/scratch.h"
#include "tests/weights/weights_fixture.h"
#include "weights/convert/convert.h"
#include "weights/convert/safetensors.h"
#include "weights/inspect.h"
#include "weights/keras/keras_h5.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

std::string file_of(const std::string& header, size_t data_bytes) {
  return u64(header.size()) + header + std::string(data_bytes, '\0');
}

// The tiny VGG with the names of torchvision; `last`: value of the head's last layer.
std::vector<SafeEntry> tiny(float last) {
  return {{"features.0.weight", "F32", {4, 3, 3, 3}, floats(108, 1)},
          {"features.0.bias", "F32", {4}, floats(4, 1)},
          {"features.3.weight", "F32", {6, 4, 3, 3}, floats(216, 1)},
          {"features.3.bias", "F32", {6}, floats(6, 1)},
          {"features.5.weight", "F32", {6, 6, 3, 3}, floats(324, 1)},
          {"features.5.bias", "F32", {6}, floats(6, 1)},
          {"classifier.0.weight", "F32", {10, 24}, floats(240, 1)},
          {"classifier.0.bias", "F32", {10}, floats(10, 1)},
          {"classifier.3.weight", "F32", {10, 10}, floats(100, 1)},
          {"classifier.3.bias", "F32", {10}, floats(10, 1)},
          {"classifier.6.weight", "F32", {4, 10}, floats(40, last)},
          {"classifier.6.bias", "F32", {4}, floats(4, last)}};
}

}  // namespace

TEST_CASE("torchvision's file is converted, value by value") {
  Scratch scratch;
  const fs::path to = scratch.path() / "out.h5";
  for (bool top : {true, false}) {
    const Converted converted = convert_safetensors(golden_weights() / "torchvision.safetensors", to, top);
    CHECK(converted.preprocess.name == "torchvision");
    CHECK(converted.top == top);
    TinyVgg net(top);
    load_keras_h5(to, net.list());
    CHECK(net.wrong_values() == "");
    CHECK(preprocess_from_json(read_record(to)->at("preprocess")) == preprocess_preset("torchvision"));
  }
  TinyVgg with_top(true);
  CHECK(error_of([&] { load_keras_h5(to, with_top.list()); }).find("fc1/kernel") != std::string::npos);
}

TEST_CASE("networks that cannot be converted are refused with the reason") {
  Scratch scratch;
  const fs::path from = scratch.path() / "in", to = scratch.path() / "out.h5";
  const auto message = [&](const std::vector<SafeEntry>& entries, bool top) {
    put_bytes(from, safetensors_of(entries));
    return error_of([&] { convert_safetensors(from, to, top); });
  };
  CHECK(message(tiny(NAN), true).find("NaN on purpose") != std::string::npos);
  CHECK(message(tiny(NAN), false) == "");
  CHECK(preprocess_from_json(read_record(to)->at("preprocess")).name == "torchvision-features");
  fs::remove(to);

  auto entries = tiny(1);
  entries.push_back({"features.1.running_mean", "F32", {4}, floats(4, 0)});
  CHECK(message(entries, false).find("batch normalisation") != std::string::npos);
  entries = tiny(1), entries[2].name = "features.4.weight";
  CHECK(message(entries, false).find("features.4") != std::string::npos);
  entries = tiny(1), entries.erase(entries.begin() + 1);
  CHECK(message(entries, false).find("features.0.bias is missing") != std::string::npos);
  entries = tiny(1), entries[2].shape = {4, 6, 3, 3};
  CHECK(message(entries, false) != "");
  entries = tiny(1), entries[0].data = floats(107, 1) + floats(1, NAN);
  CHECK(message(entries, false).find("not finite") != std::string::npos);
  entries = tiny(1), entries.resize(6);
  CHECK(message(entries, true).find("no classifier") != std::string::npos);
  CHECK_FALSE(fs::exists(to));
}

TEST_CASE("timm's dense layers are convolutions; every float type is read") {
  Scratch scratch;
  auto entries = tiny(1);
  const char* names[] = {"pre_logits.fc1", "pre_logits.fc2", "head.fc"};
  for (size_t i = 0; i < 3; ++i)
    entries[6 + 2 * i].name = std::string(names[i]) + ".weight",
                    entries[7 + 2 * i].name = std::string(names[i]) + ".bias";
  entries[6].shape = {10, 6, 2, 2}, entries[8].shape = {10, 10, 1, 1};
  const std::string quarter_f16("\x00\x34", 2), quarter_bf16("\x80\x3e", 2);
  entries[1] = {"features.0.bias", "F16", {4}, quarter_f16 + quarter_f16 + quarter_f16 + quarter_f16};
  entries[3] = {"features.3.bias", "BF16", {6}, ""};
  for (int i = 0; i < 6; ++i) entries[3].data += quarter_bf16;
  const double quarter = 0.25;
  entries[5] = {"features.5.bias", "F64", {6}, ""};
  for (int i = 0; i < 6; ++i) entries[5].data.append(reinterpret_cast<const char*>(&quarter), 8);
  put_bytes(scratch.path() / "in", safetensors_of(entries));
  convert_safetensors(scratch.path() / "in", scratch.path() / "out.h5", true);
  TinyVgg net(true);
  load_keras_h5(scratch.path() / "out.h5", net.list());
  for (size_t i : {1, 3, 5})
    for (float v : net.list()[i]->value.to_host()) CHECK(v == 0.25f);
}

TEST_CASE("malformed safetensors are refused") {
  Scratch scratch;
  const auto message = [&](const std::string& bytes) {
    put_bytes(scratch.path() / "f", bytes);
    return error_of([&] { SafetensorsFile file(scratch.path() / "f"); });
  };
  const std::string a = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  const auto b = [](const char* offsets) {
    return fmt::format(R"("b":{{"dtype":"F32","shape":[1],"data_offsets":{}}})", offsets);
  };
  CHECK(message(file_of("{" + a + "}", 8)) == "");
  CHECK(message(file_of("{" + a + "," + b("[8,12]") + "}  ", 12)) == "");
  CHECK(message(file_of("{}", 0)) == "");
  CHECK(message(file_of("{" + a + "," + b("[4,8]") + "}", 8)).find("overlap") != std::string::npos);
  CHECK(message(file_of("{" + a + "," + b("[12,16]") + "}", 16)).find("hole") != std::string::npos);
  CHECK(message(file_of("{" + a + "}", 9)).find("its header says") != std::string::npos);
  CHECK(message(file_of("{" + a + "}", 7)).find("cut") != std::string::npos);
  CHECK(message(file_of("{" + a + "," + a + "}", 8)).find("twice") != std::string::npos);
  for (const char* entry :
       {R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})",
        R"({"dtype":"F33","shape":[2],"data_offsets":[0,8]})",
        R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})",
        R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})",
        R"({"dtype":"F32","shape":[4611686018427387904,2],"data_offsets":[0,8]})",
        R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})", R"({"shape":[2],"data_offsets":[0,8]})",
        R"({"dtype":"F32","shape":[2],"data_offsets":[0]})", "7"})
    CHECK_MESSAGE(message(file_of(std::string("{\"a\":") + entry + "}", 8)) != "", entry);
  for (const std::string& bytes :
       {std::string(), u64(2), u64(1'000'000) + "{}", u64(~0ull) + "{}", file_of("[]", 0), file_of("{\"a\"", 0),
        file_of("{\"a\":" + std::string(100'000, '[') + "}", 0)})
    CHECK(message(bytes) != "");
  const std::string whole = bytes_of(golden_weights() / "torchvision.safetensors");
  for (size_t length = 0; length < whole.size(); length += 13) CHECK(message(whole.substr(0, length)) != "");
}

TEST_CASE("a layer with a dimension of 0 is refused by name, and shown by inspect") {
  Scratch scratch;
  const fs::path from = scratch.path() / "in", to = scratch.path() / "out.h5";
  const auto message = [&](const std::vector<SafeEntry>& entries, bool top) {
    put_bytes(from, safetensors_of(entries));
    CHECK(error_of([&] { inspect_weights(from); }) == "");
    return error_of([&] { convert_safetensors(from, to, top); });
  };
  auto entries = tiny(1);
  entries[2].shape = {6, 0, 3, 3}, entries[2].data = "";
  CHECK(message(entries, false).find("features.3 has a dimension of 0 [6x0x3x3]") != std::string::npos);
  entries = tiny(1);
  entries[4].shape = {0, 6, 3, 3}, entries[4].data = "", entries[5].shape = {0}, entries[5].data = "";
  CHECK(message(entries, false).find("features.5 has a dimension of 0") != std::string::npos);
  entries = tiny(1);
  entries[6].shape = {10, 0}, entries[6].data = "";
  CHECK(message(entries, true).find("its head is not the three dense layers") != std::string::npos);
  CHECK_FALSE(fs::exists(to));
  const auto dims = [&](const char* shape) {
    put_bytes(from, file_of(fmt::format(R"({{"a":{{"dtype":"F32","shape":{},"data_offsets":[0,0]}}}})", shape), 0));
    return error_of([&] { inspect_weights(from); });
  };
  CHECK(dims("[0,1000]") == "");
  CHECK(dims("[0,18446744073709551615]").find("a shape larger than the file") != std::string::npos);
  CHECK(dims("[0,1e308]").find("a malformed shape") != std::string::npos);
}

TEST_CASE("a header beyond 16 MB is refused by name before it is read") {
  Scratch scratch;
  put_bytes(scratch.path() / "f", file_of("{" + std::string(16'000'001, ' ') + "}", 0));
  const std::string message = error_of([&] { SafetensorsFile file(scratch.path() / "f"); });
  CHECK_MESSAGE(message.find("its header has 16000003 bytes, more than the 16000000") != std::string::npos,
                message);
}

TEST_CASE("names from a file are escaped before they reach a terminal") {
  Scratch scratch;
  const fs::path from = scratch.path() / "in\x1b.safetensors";
  const std::string evil = "\x1b]0;PWNED\x07\xc2\x9b\x7f";
  const auto clean = [](const std::string& text) {
    return text.find_first_of("\x1b\x07\x7f") == text.npos && text.find("\xc2\x9b") == text.npos && text != "";
  };
  auto entries = tiny(1);
  entries.push_back({evil, "F32", {1}, floats(1, 1)});
  put_bytes(from, safetensors_of(entries));
  for (const TensorInfo& t : inspect_weights(from).tensors) CHECK(clean(t.name));
  const auto convert_error = [&](const std::vector<SafeEntry>& e, bool top) {
    put_bytes(from, safetensors_of(e));
    return error_of([&] { convert_safetensors(from, scratch.path() / "out.h5", top); });
  };
  entries[11].name = "classifier.7.bias" + evil;
  CHECK(clean(convert_error(entries, true)));
  entries = tiny(1), entries[4].name = "features." + evil + ".weight";
  CHECK(clean(convert_error(entries, false)));
  entries = tiny(1), entries[0].data = floats(108, NAN);
  for (SafeEntry& e : entries) e.name = evil + "." + e.name;
  CHECK(clean(convert_error(entries, false)));
  entries = tiny(1), entries[0].shape = {5}, entries[0].name = evil;
  put_bytes(from, safetensors_of(entries));
  CHECK(clean(error_of([&] { inspect_weights(from); })));
  put_bytes(from, file_of("{\"" + std::string("\xc2\x9b") + "\": nul}", 0));
  CHECK(clean(error_of([&] { inspect_weights(from); })));
}

TEST_CASE("inspect shows every kind of file") {
  const LayoutInfo torch = inspect_weights(golden_weights() / "torchvision.safetensors");
  CHECK(torch.layout == "safetensors");
  CHECK(torch.tensors.size() == 12);
  CHECK(torch.tensors[0].name == "classifier.0.bias");
  CHECK(torch.tensors[0].dtype == "f32");
  const LayoutInfo keras = inspect_weights(golden_weights() / "keras3_trained.weights.h5");
  CHECK(keras.layout == "Keras 3 .weights.h5");
  bool integer = false;
  for (const TensorInfo& t : keras.tensors) {
    CHECK(t.finite);
    integer |= t.dtype == "integer" && !t.readable;
    if (t.size > 100 && t.name.starts_with("layers")) CHECK(std::abs(t.mean) < 0.2);
    CHECK(t.min >= -0.5f);
    CHECK(t.max <= 0.5f);
  }
  CHECK(integer);
  CHECK(error_of([&] { inspect_weights(golden_weights() / "../make_weights.py"); }).find("not an HDF5") !=
        std::string::npos);
}

}  // namespace graft
