// TensorBoard event files: records of (length, its masked CRC32C, bytes, their masked CRC32C), each
// an Event message in protobuf wire format. Records are only appended and readers ignore a truncated
// last one, so a killed run loses at most that. Formats: tensorflow/core/lib/io/record_writer.h,
// tensorflow/core/util/event.proto and framework/summary.proto.
#pragma once
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace graft {

uint32_t crc32c(std::string_view bytes);     // Castagnoli, as in RFC 3720
std::string record(std::string_view bytes);  // framed with length and checksums

struct Scalar {
  std::string tag;
  int64_t step = 0;
  float value = 0;
};
std::string event(const Scalar& scalar, double wall_time);  // an Event message; wall_time in seconds since 1970

class EventFile {
 public:
  // Creates the folder and in it a new file named events.out.tfevents.*. Throws Error (resources).
  explicit EventFile(const std::filesystem::path& folder);

  void write(const Scalar& scalar);
  void flush();  // makes what was written visible to readers
  const std::filesystem::path& path() const { return path_; }

 private:
  void append(const std::string& bytes);

  std::filesystem::path path_;
  struct Close {
    void operator()(FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<FILE, Close> file_;
};

}  // namespace graft
