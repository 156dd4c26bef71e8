// Digests in lower-case hexadecimal, and base64, by OpenSSL. SHA-256 identifies contents (caches, checkpoints,
// records); MD5 only checks downloads whose publishers offer nothing better.
#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace graft {

class Hasher {
 public:
  enum Kind { md5, sha256 };
  explicit Hasher(Kind kind);
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void update(const void* data, size_t bytes);
  void update(std::string_view text) { update(text.data(), text.size()); }
  std::string hex();  // once, at the end

 private:
  void* context_;
};

std::string sha256(std::span<const std::byte> bytes);
std::string sha256(std::string_view bytes);
// Throw Error: no such file (data), or the system refuses to read it (resources).
std::string sha256_file(const std::filesystem::path& path);
std::string md5_file(const std::filesystem::path& path);

std::string base64(std::string_view bytes);  // RFC 4648 with padding, in one line; up to 1 GiB

}  // namespace graft
