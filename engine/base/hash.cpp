#include "engine/base/hash.h"

#include <openssl/evp.h>

#include <vector>

#include "engine/base/input_file.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

EVP_MD_CTX* context(void* p) { return static_cast<EVP_MD_CTX*>(p); }

std::string hash_file(Hasher::Kind kind, const std::filesystem::path& path) {
  InputFile file(path);
  Hasher hasher(kind);
  std::vector<std::byte> buffer(size_t{1} << 18);
  while (const size_t bytes = file.read(buffer)) hasher.update(buffer.data(), bytes);
  return hasher.hex();
}

}  // namespace

Hasher::Hasher(Kind kind) : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context(context_), kind == md5 ? EVP_md5() : EVP_sha256(), nullptr) != 1) {
    EVP_MD_CTX_free(context(context_));
    fail(Fault::resources, "libcrypto of this machine cannot compute {}", kind == md5 ? "MD5" : "SHA-256");
  }
}

Hasher::~Hasher() { EVP_MD_CTX_free(context(context_)); }

void Hasher::update(const void* data, size_t bytes) {
  require(EVP_DigestUpdate(context(context_), data, bytes) == 1, "a digest failed");
}

std::string Hasher::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned bytes = 0;
  require(EVP_DigestFinal_ex(context(context_), digest, &bytes) == 1, "a digest failed");
  std::string text;
  for (unsigned i = 0; i < bytes; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

std::string sha256(std::span<const std::byte> bytes) {
  Hasher hasher(Hasher::sha256);
  hasher.update(bytes.data(), bytes.size());
  return hasher.hex();
}
std::string sha256(std::string_view bytes) {
  Hasher hasher(Hasher::sha256);
  hasher.update(bytes);
  return hasher.hex();
}
std::string sha256_file(const std::filesystem::path& path) { return hash_file(Hasher::sha256, path); }
std::string md5_file(const std::filesystem::path& path) { return hash_file(Hasher::md5, path); }

std::string base64(std::string_view bytes) {
  require(bytes.size() <= size_t{1} << 30, "base64 of {} bytes", bytes.size());
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()), int(bytes.size()));
  text.resize(static_cast<size_t>(length));
  return text;
}

}  // namespace graft
