// A data set in a temporary folder, to which tests add faults.
#pragma once
#include <fstream>

#include "engine/base/rng.h"
#include "engine/image/png_writer.h"
#include "tests/support/scratch.h"

namespace graft::test {

// An image of 8 x 8 random tiles, dissimilar for different seeds.
inline Image tiles(uint64_t seed, int w = 64, int h = 64) {
  Image image{w, h, {}};
  std::vector<uint8_t> tile;
  RandomStream random(seed, Purpose::demo);
  for (int i = 0; i < 9 * 9 * 3; ++i) tile.push_back(static_cast<uint8_t>(random.below(256)));
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x)
      for (int c = 0; c < 3; ++c) image.rgb.push_back(tile[size_t((y * 8 / h * 9 + x * 8 / w) * 3 + c)]);
  return image;
}

class FaultyDataset : public Scratch {
 public:
  std::filesystem::path at(const std::string& name) const { return path() / "data" / name; }
  const FaultyDataset& image(const std::string& name, const Image& pixels) const {
    std::filesystem::create_directories(at(name).parent_path());
    write_png(at(name), pixels);
    return *this;
  }
  const FaultyDataset& image(const std::string& name, uint64_t seed) const { return image(name, tiles(seed)); }
  const FaultyDataset& file(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(at(name).parent_path());
    std::ofstream(at(name), std::ios::binary) << bytes;
    return *this;
  }
  const FaultyDataset& copy(const std::string& from, const std::string& to) const {
    std::filesystem::create_directories(at(to).parent_path());
    std::filesystem::copy_file(at(from), at(to));
    return *this;
  }
  std::string bytes(const std::string& name) const {
    std::ifstream file(at(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Adds train, val and test of two classes without faults; patients p0 ... p19, each in one split.
  const FaultyDataset& clean() const {
    for (int i = 0; i < 40; ++i) {
      const char* split = i < 24 ? "train" : i < 32 ? "val" : "test";
      image(std::string(split) + (i % 2 ? "/cyst/" : "/none/") + "p" + std::to_string(i / 2) + "_s" +
                std::to_string(i) + ".png",
            uint64_t(i));
    }
    return *this;
  }
};

}  // namespace graft::test
