// Runs vgg-finetune as a separate process, like a user.
#pragma once
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "engine/base/rng.h"
#include "engine/image/png_writer.h"
#include "kernels/api/error.h"
#include "tests/support/places.h"

namespace graft {

struct Run {
  int code;
  std::string output;  // both streams
};

// Runs a shell command line, in which "vgg-finetune" is replaced by the path of the program.
inline Run shell(std::string command) {
  const std::string name = "vgg-finetune", program = program_file();
  for (size_t at = 0; (at = command.find(name, at)) != command.npos; at += program.size())
    command.replace(at, name.size(), program);
  FILE* pipe = popen(("(" + command + ") 2>&1").c_str(), "r");
  require(pipe != nullptr, "cannot run {}", command);
  std::string output;
  std::array<char, 4096> buffer;
  while (const size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), n);
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), output};
}

// Prefix of a command line whose program receives signals: one that arrives during LeakSanitizer's check at the end of
// a process would make it hang.
inline const std::string kSignalled = "export ASAN_OPTIONS=detect_leaks=0; ";

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Returns `options`, completed by options for a small, fast model.
inline std::string tiny(const std::string& options) {
  std::string all;
  for (const char* option :
       {"--model vgg-tiny", "--weights none", "--image-size 32", "--head gap", "--batch 5", "--epochs 1"}) {
    const std::string text = option;
    if (options.find(text.substr(0, text.find(' ') + 1)) == options.npos) all += " " + text;
  }
  return all + " " + options + " ";
}

// Writes a small data set with classes that differ in colour and stripes: `per_class` training images per class, and
// half as many test images.
inline void draw_stripes(const std::filesystem::path& data, const std::vector<std::string>& classes,
                         int per_class) {
  for (const char* split : {"train", "test"}) {
    const int count = split[1] == 'r' ? per_class : per_class / 2;
    for (size_t c = 0; c < classes.size(); ++c) {
      std::filesystem::create_directories(data / split / classes[c]);
      for (int i = 0; i < count; ++i) {
        RandomStream random(hash_name(split), Purpose::demo, c, uint64_t(i));
        Image image{40, 36, std::vector<uint8_t>(40 * 36 * 3)};
        for (int p = 0; p < 40 * 36; ++p)
          for (int k = 0; k < 3; ++k)
            image.rgb[p * 3 + k] =
                uint8_t(60 + 80 * ((p % 40 / int(c + 2) + int(c)) % 2) + 30 * (k == int(c) % 3) + random.below(60));
        write_png(data / split / classes[c] / ("image" + std::to_string(i) + ".png"), image);
      }
    }
  }
}

}  // namespace graft
