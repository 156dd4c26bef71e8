#include "tools/run/run_digests.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/base/atomic_file.h"
#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "kernels/api/error.h"
#include "tools/run/run_config.h"
#include "tools/run/run_file.h"

namespace graft {
namespace {

namespace fs = std::filesystem;
constexpr int kFormat = 1;
constexpr const char* kFile = "digests.json";
constexpr const char* kCovered[] = {"config.json",      "model.h5",     "best.h5",
                                    "last.h5",          "history.csv",  "images.csv",
                                    "metrics.json",     "metrics.csv",  "predictions.csv",
                                    "calibration.json", "summary.json", "validation_predictions.csv"};

constexpr const char* kWrittenWhileTraining[] = {"config.json", "history.csv"};

using Digests = std::map<std::string, std::string>;  // empty digest: the file may change

std::optional<Digests> read_digests(const fs::path& run) {
  const fs::path path = run / kFile;
  const auto j = read_run_json(path);
  if (!j) return {};
  try {
    if (value_at<int>(*j, "format") != kFormat)
      fail(Fault::data, "{}: its format is from a later version of this program; use that version",
           printable(path));
    auto digests = value_at<Digests>(*j, "files");
    for (const auto& [file, digest] : digests)
      if (std::ranges::find(kCovered, file) == std::end(kCovered))
        fail(Fault::data, "{}: lists a file that it never covers: {}; restore it", printable(path),
             printable(file));
    for (const char* file : {"config.json", "model.h5"})
      if (!digests.contains(file)) fail(Fault::data, "{}: lacks {}; restore it", printable(path), file);
    return digests;
  } catch (const nlohmann::json::exception& e) {
    fail(Fault::data, "{}: cannot be read: {}", printable(path), printable(e.what()));
  }
}

void compare(const fs::path& run, const std::string& file, const std::string& digest) {
  if (digest.empty()) return;
  const fs::path path = run / file;
  const bool exists = fs::exists(path);
  if (fs::is_regular_file(path) && sha256_file(path) == digest) return;
  const bool model = path.extension() == ".h5";
  fail(model ? Fault::weights : Fault::data,
       "{}: {} (SHA-256 in {}); restore it, or train again: the files of the run no longer match its model",
       printable(path), exists ? "is not the file that training wrote" : "existed when training ended and is gone",
       kFile);
}

void refuse_new(const fs::path& run, const std::string& file) {
  if (!fs::exists(run / file)) return;
  fail(Fault::data, "{}: did not exist when training ended ({}); remove it", printable(run / file), kFile);
}

// nullopt, with a note, if there is nothing to compare with.
std::optional<Digests> digests_of(const fs::path& run, const Observers& observers) {
  static bool noted = false;
  auto digests = read_digests(run);
  if (!digests && fs::exists(run / "summary.json") && !std::exchange(noted, true))
    observers.note(
        "{}: has no {} (training was resumed and has not ended yet, an earlier version wrote the run, or it was "
        "removed), so whether its files belong together is unknown",
        printable(run), kFile);
  return digests;
}

}  // namespace

void write_digests(const fs::path& run, const std::string& model_sha256) {
  Digests digests = {{"model.h5", model_sha256}};
  for (const char* file : kCovered)
    if (!digests.contains(file) && fs::exists(run / file)) digests[file] = sha256_file(run / file);
  write_file(run / kFile, dump({{"format", kFormat}, {"files", digests}}));
  // A newly created file: give it the permissions of the run's other files.
  std::error_code ignored;
  fs::permissions(run / kFile, fs::status(run / "config.json", ignored).permissions(), ignored);
}

std::string recorded_sha256(const fs::path& run, const std::string& file) {
  const Digests digests = read_digests(run).value_or(Digests());
  const auto known = digests.find(file);
  return known == digests.end() || known->second.empty() ? sha256_file(run / file) : known->second;
}

void release_digests(const fs::path& run) {
  auto digests = read_digests(run);
  if (!digests) return;
  for (const char* file : kWrittenWhileTraining) (*digests)[file].clear();
  write_file(run / kFile, dump({{"format", kFormat}, {"files", *digests}}));
}

void remove_digests(const fs::path& run) {
  std::error_code error;
  fs::remove(run / kFile, error);
  if (error) fail(Fault::resources, "{}: cannot be removed: {}", printable(run / kFile), error.message());
}

void require_unchanged(const fs::path& run, std::initializer_list<std::string> files, const Observers& observers) {
  const auto digests = digests_of(run, observers);
  if (!digests) return;
  for (const std::string& file : files)
    if (const auto known = digests->find(file); known != digests->end())
      compare(run, known->first, known->second);
    else if (std::ranges::find(kCovered, file) != std::end(kCovered))
      refuse_new(run, file);
}

void require_all_unchanged(const fs::path& run, const Observers& observers) {
  const auto digests = digests_of(run, observers);
  if (!digests) return;
  for (const auto& [file, digest] : *digests) compare(run, file, digest);
  for (const char* file : kCovered)
    if (!digests->contains(file)) refuse_new(run, file);
}

}  // namespace graft
