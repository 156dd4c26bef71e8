// Event files that TensorBoard shows: records of (length, masked CRC32C of it, bytes, masked CRC32C of them), each
// an Event message in the wire format of protocol buffers. They are logs: records are appended, and a reader leaves
// a cut last record out, so a killed run loses at most that. Formats: tensorflow/core/lib/io/record_writer.h,
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
std::string record(std::string_view bytes);  // with its length and both checksums

struct Scalar {
  std::string tag;
  int64_t step = 0;
  float value = 0;
};
std::string event(const Scalar& scalar, double wall_time);  // message; wall_time in seconds since 1970

class EventFile {
 public:
  // Makes the folder and, in it, a new file whose name begins with events.out.tfevents. Throws Error (resources).
  explicit EventFile(const std::filesystem::path& folder);

  void write(const Scalar& scalar);
  void flush();  // what was written can be read from now on
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
