#include "models/features/feature_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <unordered_map>

#include "engine/base/atomic_file.h"
#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/base/system_advice.h"
#include "kernels/api/error.h"

namespace graft {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr std::string_view kMagic = "GRAFTFEA";
constexpr uint64_t kVersion = 2, kFixedBytes = 8 + 8 + 8 + 64, kAlign = 64;
constexpr size_t kSegmentBytes = size_t{1} << 27;
constexpr uint64_t kMaxHeader = uint64_t{1} << 28;  // bytes, enough for a million rows
constexpr const char* kSuffix = ".features";
const Advice kOtherCache{"other-cache"};

std::string u64(uint64_t value) {
  std::string text;
  for (int i = 0; i < 8; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

uint64_t u64_at(const std::string& text, size_t at) {
  uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(text[at + size_t(i)]);
  return value;
}

uint64_t aligned(uint64_t offset) { return (offset + kAlign - 1) / kAlign * kAlign; }

// The contents of the file are at fault, so it may be removed.
[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  fail(Fault::data, "{}: {}", printable(path), why);
}

// The system is at fault; the contents may be sound.
[[noreturn]] void fail_to_read(const fs::path& path, int error) {
  fail(Fault::resources, kOtherCache, "{}: cannot be read: {}; nothing was removed", printable(path),
       system_reason(error));
}

void read_exactly(int fd, const fs::path& path, void* to, size_t bytes, uint64_t offset) {
  auto* at = static_cast<char*>(to);
  while (bytes > 0) {
    const ssize_t done = pread(fd, at, bytes, static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail_to_read(path, errno);
    if (done == 0) refuse(path, "it was cut");
    at += done, offset += uint64_t(done), bytes -= size_t(done);
  }
}

std::string read_text(int fd, const fs::path& path, size_t bytes, uint64_t offset) {
  std::string text(bytes, '\0');
  read_exactly(fd, path, text.data(), bytes, offset);
  return text;
}

// Returns the file name of a segment, given the digest of its header.
std::string name_of(const std::string& digest) { return digest.substr(0, 32) + kSuffix; }

// Returns the verified header of an open segment of `size` bytes, and the offset of its rows.
std::pair<json, uint64_t> read_header(int fd, const fs::path& path, uint64_t size) {
  if (size < kFixedBytes) refuse(path, "it was cut");
  const std::string fixed = read_text(fd, path, kFixedBytes, 0);
  if (!fixed.starts_with(kMagic) || u64_at(fixed, 8) != kVersion) refuse(path, "it is of another kind or version");
  const uint64_t bytes = u64_at(fixed, 16);
  if (bytes > size - kFixedBytes || bytes > kMaxHeader) refuse(path, "it was cut");
  const std::string header = read_text(fd, path, bytes, kFixedBytes);
  const std::string digest = sha256(header);
  if (digest != fixed.substr(24)) refuse(path, "its header is damaged");
  if (path.filename() != name_of(digest)) refuse(path, "it holds what belongs under another name");
  return {json::parse(header), aligned(kFixedBytes + bytes)};
}

}  // namespace

FeatureFiles::FeatureFiles(const fs::path& cache, json context, size_t row_bytes)
    : context_(std::move(context)),
      row_bytes_(row_bytes),
      folder_(fs::absolute(cache) / sha256(context_.dump()).substr(0, 32)) {
  std::error_code error;
  if (fs::create_directories(folder_, error); error)
    fail(Fault::resources, kOtherCache, "{}: cannot be made: {}", printable(folder_), error.message());
  remove_leftovers(folder_);
}

FeatureFiles::Segment FeatureFiles::open_segment(const fs::path& path) const {
  const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  Segment segment{.path = path, .fd = UniqueFd(open(path.c_str(), flags)), .entries = {}};
  if (!segment.fd && errno == ELOOP) refuse(path, "it is a link");
  if (!segment.fd && errno == ENOENT) refuse(path, "another process has removed it");
  if (!segment.fd) fail_to_read(path, errno);
  try {
    struct stat status {};
    if (fstat(segment.fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) refuse(path, "it is no regular file");
    const auto size = static_cast<uint64_t>(status.st_size);
    const auto [header, rows_at] = read_header(segment.fd.get(), path, size);
    if (header.at("context") != context_ || header.at("row_bytes") != row_bytes_)
      refuse(path, "it was computed with something else");
    header.at("entries").get_to(segment.entries);
    segment.rows_at = rows_at;
    if (size != rows_at + segment.entries.size() * row_bytes_) refuse(path, "it was cut, or something follows");
    return segment;
  } catch (const json::exception& e) {
    refuse(path, printable(e.what()));
  }
}

void FeatureFiles::read_at(const Segment& segment, int64_t entry, std::span<std::byte> to) const {
  require(to.size() == row_bytes_, "a row of {} bytes for {}", row_bytes_, to.size());
  read_exactly(segment.fd.get(), segment.path, to.data(), to.size(),
               segment.rows_at + uint64_t(entry) * row_bytes_);
}

void FeatureFiles::check_row(const Segment& segment, int64_t entry, std::span<std::byte> row) const {
  read_at(segment, entry, row);
  if (sha256(row) != segment.entries[size_t(entry)].second) refuse(segment.path, "a row is damaged");
}

// Reads back a segment that was just written, to notice a file system that returns something else.
FeatureFiles::Segment FeatureFiles::reopened(const fs::path& path) const {
  try {
    Segment segment = open_segment(path);
    std::vector<std::byte> row(row_bytes_);
    for (size_t i = 0; i < segment.entries.size(); ++i) check_row(segment, int64_t(i), row);
    return segment;
  } catch (const Error& e) {
    if (e.fault() != Fault::data) throw;
    fail(Fault::resources, kOtherCache, "{}, though it was written whole just now", e.what());
  }
}

void FeatureFiles::take(Segment segment, std::span<const std::string> keys, std::vector<int>& found) {
  std::unordered_map<std::string_view, int64_t> at;
  for (size_t i = 0; i < segment.entries.size(); ++i) at.emplace(segment.entries[i].first, int64_t(i));
  std::vector<std::byte> row(row_bytes_);
  std::vector<std::pair<size_t, int64_t>> matches;
  for (size_t k = 0; k < keys.size(); ++k) {
    const auto match = found[k] < 0 ? at.find(keys[k]) : at.end();
    if (match == at.end()) continue;
    check_row(segment, match->second, row);
    matches.emplace_back(k, match->second);
  }
  if (matches.empty()) return;
  for (const auto& [k, entry] : matches) {
    found[k] = int(rows_.size());
    rows_.push_back({int(segments_.size()), entry});
  }
  segments_.push_back(std::move(segment));
}

std::vector<int> FeatureFiles::find(std::span<const std::string> keys) {
  std::vector<int> found(keys.size(), -1);
  std::vector<fs::path> paths;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(folder_, error))
    if (file.path().extension() == kSuffix) paths.push_back(file.path());
  if (error) fail_to_read(folder_, error.value());
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    try {
      take(open_segment(path), keys, found);
    } catch (const Error& e) {
      if (e.fault() != Fault::data) throw;
      const bool removed = fs::remove(path, error);
      notes_.push_back(fmt::format("{}; {}, and its features are computed anew", e.what(),
                                   removed ? "it was removed" : "it cannot be removed and is passed over"));
    }
  }
  return found;
}

int FeatureFiles::append(const std::string& key, std::span<const std::byte> row) {
  require(row.size() == row_bytes_, "a row of {} bytes for {}", row.size(), row_bytes_);
  if (pending_.size() + row.size() > kSegmentBytes) flush();
  rows_.push_back({int(segments_.size()), int64_t(pending_entries_.size())});
  pending_.insert(pending_.end(), row.begin(), row.end());
  pending_entries_.emplace_back(key, sha256(row));
  return int(rows_.size()) - 1;
}

void FeatureFiles::flush() {
  if (pending_entries_.empty()) return;
  const std::string header =
      json{{"context", context_}, {"row_bytes", row_bytes_}, {"entries", pending_entries_}}.dump();
  const std::string digest = sha256(header);
  // Named by its content: processes that compute the same rows write the same file.
  const fs::path path = folder_ / name_of(digest);
  AtomicFile file(path);
  file.write(std::string(kMagic) + u64(kVersion) + u64(header.size()) + digest + header);
  const uint64_t end = kFixedBytes + header.size();
  file.write(std::string(aligned(end) - end, '\0'));
  file.write(pending_.data(), pending_.size());
  file.commit();
  segments_.push_back(reopened(path));
  pending_.clear(), pending_entries_.clear();
}

void FeatureFiles::read(int row, std::span<std::byte> to) const {
  const Location& place = rows_.at(size_t(row));
  read_at(segments_.at(size_t(place.segment)), place.entry, to);
}

}  // namespace graft
