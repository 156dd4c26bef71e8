#include "tools/commands/answers.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "engine/base/atomic_file.h"
#include "engine/base/csv.h"
#include "engine/base/input_file.h"
#include "engine/base/printable.h"
#include "engine/base/system_advice.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;
constexpr int64_t kLargestNote = 1 << 16;  // three lines

std::vector<int> ranked(const std::vector<float>& probs) {
  std::vector<int> order(probs.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](int a, int b) { return probs[a] > probs[b]; });
  return order;
}

[[noreturn]] void fail_write(const fs::path& file) {
  fail(Fault::resources, "{}: cannot be written: {}; its rows are kept, and the same command resumes there",
       printable(file), system_reason(errno));
}

}  // namespace

std::string csv_header(const std::vector<std::string>& classes) {
  std::string text = "image,predicted";
  for (const std::string& c : classes) text += "," + csv_field(c);
  return text + "\n";
}

std::string csv_row(const Answer& a, const std::vector<std::string>& classes) {
  std::string text = csv_field(a.image.string()) + ",";
  if (!a.probs.empty()) text += csv_field(classes[ranked(a.probs)[0]]);
  for (size_t c = 0; c < classes.size(); ++c) text += a.probs.empty() ? "," : fmt::format(",{:.9g}", a.probs[c]);
  return text + "\n";
}

std::string table_row(const Answer& a, const std::vector<std::string>& classes, int top) {
  std::string text = printable(a.image);
  if (a.probs.empty()) return text + "  -\n";
  const std::vector<int> order = ranked(a.probs);
  for (int i = 0; i < std::min(top, int(order.size())); ++i)
    text += fmt::format("  {} {:.4f}", printable(classes[order[i]]), a.probs[order[i]]);
  return text + "\n";
}

std::string json_element(const Answer& a, const std::vector<std::string>& classes) {
  nlohmann::json one = {{"image", printable(a.image)}};
  if (a.probs.empty()) {
    one["error"] = a.error;
  } else {
    one["predicted"] = printable(classes[ranked(a.probs)[0]]);
    for (size_t c = 0; c < classes.size(); ++c) one["probabilities"][printable(classes[c])] = a.probs[c];
  }
  std::string text = "  ";
  for (const char c : one.dump(2)) text += c == '\n' ? std::string("\n  ") : std::string(1, c);
  return text;
}

AnswersFile::AnswersFile(fs::path file, const std::string& model, const std::vector<fs::path>& images,
                         const std::vector<std::string>& classes)
    : file_(std::move(file)), note_(fs::path(file_).concat(".unfinished")) {
  const bool exists = fs::exists(fs::symlink_status(file_));
  if (exists && !fs::exists(note_))
    fail(Fault::usage,
         "{}: already exists, and is not an unfinished output of predict (there is no {}); choose another --out",
         printable(file_), printable(note_.filename()));
  if (exists) keep(model, images, classes);
  write_file(note_, model);
  fd_.reset(::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!fd_) fail_write(file_);
  if (!exists) write(csv_header(classes));
}

// Counts the complete rows, which must match the first images, and cuts off a partial last one.
void AnswersFile::keep(const std::string& model, const std::vector<fs::path>& images,
                       const std::vector<std::string>& classes) {
  if (read_whole_file(note_, kLargestNote) != model)
    fail(Fault::usage, "{}: holds predictions of another model, precision or device ({}); choose another --out",
         printable(file_), printable(note_.filename()));
  const std::string header = csv_header(classes);
  const std::string text = read_whole_file(file_, std::numeric_limits<int64_t>::max());
  size_t whole = 0;
  bool has_header = false;
  // Text after the last newline is an unfinished row.
  for (size_t end = text.find('\n'); end != text.npos; end = text.find('\n', whole)) {
    const std::string line = text.substr(whole, end + 1 - whole);
    if (!has_header) {
      if (line != header)
        fail(Fault::usage, "{}: its columns do not match the classes of this model", printable(file_));
      has_header = true, whole += line.size();
      continue;
    }
    if (kept_ == images.size() || !line.starts_with(csv_field(images[kept_].string()) + ","))
      fail(Fault::usage,
           "{}: row {} does not match {}: the file was started with other images; choose another --out",
           printable(file_), kept_ + 2, kept_ == images.size() ? "any image" : printable(images[kept_]));
    kept_empty_ += line == csv_row({images[kept_], {}, {}}, classes);
    ++kept_, whole += line.size();
  }
  fs::resize_file(file_, whole);
  if (!has_header) write_file(file_, header);
}

void AnswersFile::write(const std::string& rows) {
  for (size_t at = 0; at < rows.size();) {
    const ssize_t n = ::write(fd_.get(), rows.data() + at, rows.size() - at);
    if (n < 0 && errno != EINTR) fail_write(file_);
    if (n > 0) at += size_t(n);
  }
}

void AnswersFile::finish() {
  if (::fsync(fd_.get()) != 0) fail_write(file_);
  fs::remove(note_);
}

}  // namespace graft
