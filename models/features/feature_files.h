// The feature cache on disk, shared between runs: a folder of segments that are written atomically and never changed,
// so that any number of processes, containers and hosts can read and add at the same time. The key of a row is the
// hash of its input; the name of a segment is the digest of its header, which holds the context of the computation
// and the digests of the rows. Nothing is used before its digest has been verified.
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
  // Rows of `row_bytes` that were computed with `context`, in a subfolder of `cache` for that context. Throws Error
  // (resources) if the folder cannot be created.
  FeatureFiles(const std::filesystem::path& cache, nlohmann::json context, size_t row_bytes);

  // Returns the row number of each key, -1 if it has none. Segments that are truncated, of another context or damaged
  // are removed, and listed in notes(). Throws Error (resources) if the system cannot read a segment.
  std::vector<int> find(std::span<const std::string> keys);
  const std::vector<std::string>& notes() const { return notes_; }

  // Adds a row and returns its number. It can be read, by other processes too, after flush(), which append() calls
  // whenever a segment is full.
  int append(const std::string& key, std::span<const std::byte> row);
  void flush();

  void read(int row, std::span<std::byte> to) const;  // throws Error if the file cannot be read
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
  std::vector<Segment> segments_;  // those with rows in use
  std::vector<Location> rows_;
  std::vector<std::byte> pending_;  // rows of the next segment
  std::vector<std::pair<std::string, std::string>> pending_entries_;
  std::vector<std::string> notes_;
};

}  // namespace graft
