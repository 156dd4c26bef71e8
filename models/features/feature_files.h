// Features on disk, for other runs to use again: a folder of segments, each written once, whole, and never changed,
// so that any number of processes can read and add at the same time, also those of other containers and hosts. A
// row is found by the hash of what it was computed from; a segment is named by the digest of its header, which says
// what the rows were computed with and has their digests, and nothing of it is believed before these agree.
//
//   "GRAFTFEA" | u64 version | u64 header bytes | sha256 of the header in hex | header (JSON: context, row bytes,
//   [key, sha256] of each row) | zeros to a multiple of 64 | rows
#pragma once
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "engine/base/unique_fd.h"

namespace graft {

class FeatureFiles {
 public:
  // Rows of `row_bytes` that were computed with `context`, in a folder of their own inside `cache`. Throws Error
  // (resources) if the folder cannot be made.
  FeatureFiles(const std::filesystem::path& cache, nlohmann::json context, size_t row_bytes);

  // The number of the row of each key, -1 where there is none. Segments that are cut, of another context or not
  // what their digests say are removed, and noted. Throws Error (resources) where the system cannot read one.
  std::vector<int> find(std::span<const std::string> keys);
  const std::vector<std::string>& notes() const { return notes_; }

  // Adds a row and returns its number. It can be read, and found by others, after flush(), which append() does by
  // itself whenever enough has come together.
  int append(const std::string& key, std::span<const std::byte> row);
  void flush();

  void read(int row, std::span<std::byte> to) const;  // throws Error if the file fails
  const std::filesystem::path& folder() const { return folder_; }

 private:
  struct Segment {
    std::filesystem::path path;
    UniqueFd fd;
    uint64_t rows_at = 0;                                      // offset of the first row
    std::vector<std::pair<std::string, std::string>> entries;  // key, sha256
  };
  struct Location {
    int segment;
    int64_t entry;
  };
  Segment open_segment(const std::filesystem::path& path) const;  // throws Error
  Segment reopened(const std::filesystem::path& path) const;      // throws Error
  void take(Segment segment, std::span<const std::string> keys, std::vector<int>& found);
  void check_row(const Segment& segment, int64_t entry, std::span<std::byte> row) const;  // throws Error
  void read_at(const Segment& segment, int64_t entry, std::span<std::byte> to) const;

  nlohmann::json context_;
  size_t row_bytes_;
  std::filesystem::path folder_;
  std::vector<Segment> segments_;  // those that rows are used of
  std::vector<Location> rows_;
  std::vector<std::byte> pending_;  // rows of the segment to come
  std::vector<std::pair<std::string, std::string>> pending_entries_;
  std::vector<std::string> notes_;
};

}  // namespace graft
