#include "tests/weights/weights_fixture.h"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/support/places.h"

namespace graft {

std::filesystem::path golden_weights() { return golden_folder() / "weights"; }

Device& test_device() {
  static Device device(cpu_backend());
  return device;
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  require(file.good(), "cannot write {}", path.string());
}

std::string u64(uint64_t value) {
  std::string text;
  for (int i = 0; i < 8; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

std::string safetensors_of(const std::vector<SafeEntry>& entries) {
  nlohmann::json header;
  std::string data;
  for (const SafeEntry& e : entries) {
    header[e.name] = {
        {"dtype", e.dtype}, {"shape", e.shape}, {"data_offsets", {data.size(), data.size() + e.data.size()}}};
    data += e.data;
  }
  const std::string text = header.dump();
  return u64(text.size()) + text + data;
}

std::string floats(size_t count, float value) {
  std::string data;
  for (size_t i = 0; i < count; ++i) data.append(reinterpret_cast<const char*>(&value), 4);
  return data;
}

float golden_value(const std::string& name, int64_t i) {
  uint32_t hash = 0x811C9DC5u;
  for (unsigned char c : name) hash = (hash ^ c) * 0x01000193u;
  const uint32_t u = hash + 2654435761u * static_cast<uint32_t>(i);
  return static_cast<float>(u >> 8) * 0x1p-24f - 0.5f;
}

TinyVgg::TinyVgg(bool top, const std::map<std::string, std::string>& renamed,
                 const std::map<std::string, Shape>& reshaped) {
  const auto declare = [&](const std::string& layer, Shape kernel) {
    const auto name = renamed.find(layer);
    const std::string own = name == renamed.end() ? layer : name->second;
    const auto shape = reshaped.find(own + "/kernel");
    list_.push_back(&arena_.declare(own + "/kernel", shape == reshaped.end() ? kernel : shape->second));
    list_.push_back(&arena_.declare(own + "/bias", {kernel[kernel.rank() - 1]}));
  };
  declare("block1_conv1", {3, 3, 3, 4});
  declare("block2_conv1", {3, 3, 4, 6});
  declare("block2_conv2", {3, 3, 6, 6});
  if (top) {
    declare("fc1", {24, 10});
    declare("fc2", {10, 10});
    declare("predictions", {10, 4});
  }
  arena_.allocate(test_device());
}

void TinyVgg::set(const std::string& name, int64_t i, float value) {
  Parameter& p = arena_.find(name);
  std::vector<float> values = p.value.to_host();
  values[static_cast<size_t>(i)] = value;
  p.value.copy_from_host(values);
}

std::string TinyVgg::wrong_values() const {
  for (const Parameter* p : list_) {
    const std::vector<float> values = p->value.to_host();
    for (size_t i = 0; i < values.size(); ++i)
      if (values[i] != golden_value(p->name, static_cast<int64_t>(i))) return p->name;
  }
  return "";
}

SmallFiles::SmallFiles(size_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
  getrlimit(RLIMIT_FSIZE, &before_);
  const rlimit small{bytes, before_.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
}
SmallFiles::~SmallFiles() {
  setrlimit(RLIMIT_FSIZE, &before_);
  std::signal(SIGXFSZ, handler_);
}

}  // namespace graft
