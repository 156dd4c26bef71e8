// The calls of the HDF5 library that we make, in plain C++: only this pair of files includes it. Nothing here
// throws or judges; an empty optional, a bad Id or false means that the library failed. h5_file decides what a file
// may contain.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace graft::h5 {

class Id {
 public:
  explicit Id(int64_t id = -1) : id_(id) {}
  ~Id();  // closes it, whatever it is
  Id(Id&& other) noexcept : id_(other.id_) { other.id_ = -1; }
  Id& operator=(Id&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  bool good() const { return id_ >= 0; }
  int64_t get() const { return id_; }

 private:
  int64_t id_;
};

enum class Kind { group, dataset, other };
struct Link {
  std::string name;
  bool hard;
};
struct Facts {                        // about a dataset
  std::vector<uint64_t> dims, chunk;  // chunk is empty unless chunked
  std::string type;                   // "f16", "bf16", "f32", "f64", "integer", "text", "opaque" or "other"
  size_t element_bytes = 0;
  bool empty = false;      // has no extent at all
  bool elsewhere = false;  // virtual or external storage
  std::vector<int> filters;
  uint64_t stored_bytes = 0;
};
constexpr int kDeflate = 1, kShuffle = 2;  // filters

using Texts = std::optional<std::vector<std::string>>;

// Initialises the library, which otherwise the first call would do.
void start();

Id open_file(const std::filesystem::path& path);  // read-only, no locking, no plug-ins, no messages of the library
Id open_object(const Id& parent, const std::string& path);
Kind kind_of(const Id& object);
std::optional<uint64_t> count_links(const Id& group);
std::optional<Link> link_at(const Id& group, uint64_t index);  // in the order of the names
std::optional<Facts> facts_of(const Id& dataset);

std::optional<bool> has_attribute(const Id& object, const std::string& name);
Id open_attribute(const Id& object, const std::string& name);
uint64_t attribute_bytes(const Id& attribute);
Texts read_attribute(const Id& attribute);                           // of at most 1 MiB
Texts read_texts(const Id& dataset);                                 // of at most 1 MiB
bool read_f32(const Id& dataset, std::span<float> values);           // converts any float type
bool read_two_bytes(const Id& dataset, std::span<uint16_t> values);  // values of a two-byte type, unconverted

Id create_in_memory();
bool write_attribute(const Id& file, const std::string& object, const std::string& name,
                     std::span<const std::string> texts, bool scalar);
bool write_f32(const Id& file, const std::string& path, std::span<const int64_t> dims,
               std::span<const float> values);
bool write_text(const Id& file, const std::string& path, const std::string& text);
std::span<const std::byte> image(const Id& file);  // the bytes of a file made in memory; empty on failure

}  // namespace graft::h5
