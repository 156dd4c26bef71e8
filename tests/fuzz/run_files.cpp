// The JSON and CSV files of a run. The first byte of the input selects the file. A file that can be read must survive a
// round trip.
#include "engine/base/csv.h"
#include "models/interpret/trace.h"
#include "tests/fuzz/harness.h"
#include "tools/evaluation/evaluation.h"
#include "tools/run/calibration_file.h"
#include "tools/run/csv.h"
#include "tools/run/run_config.h"
#include "tools/run/run_summary.h"

using namespace graft;
using namespace graft::fuzz;

namespace {

const std::vector<std::string> kClasses = {"none", "ring"};

// `write` writes the result of `read`, under the same name.
template <class R, class W>
void twice(const char* name, const R& read, const W& write) {
  write(read());
  const std::string once = folder().read(name);
  write(read());
  if (folder().read(name) != once) finding("{} changes when it is read and written:\n{}", name, once);
}

void config(std::string_view bytes) {
  folder().write("config.json", bytes);
  twice(
      "config.json", [] { return read_run_config(folder().path()); },
      [](const RunConfig& c) { write_run_config(folder().path(), c); });
}

void summary(std::string_view bytes) {
  folder().write("summary.json", bytes);
  twice(
      "summary.json", [] { return read_summary(folder().path()); },
      [](const RunSummary& s) { write_summary(folder().path(), s); });
}

void metrics(std::string_view bytes) {
  const std::filesystem::path path = folder().write("metrics.json", bytes);
  twice(
      "metrics.json", [&] { return read_evaluation(path); },
      [](const Evaluation& m) { describe(m), certainty_note(m), write_evaluation(folder().path(), m); });
}

void calibration(std::string_view bytes) {
  folder().write("calibration.json", bytes);
  twice(
      "calibration.json", [] { return read_calibration(folder().path(), kClasses).value(); },
      [](const Calibration& c) { write_calibration(folder().path(), c, kClasses); });
}

void history(std::string_view bytes) {
  const std::filesystem::path path = folder().write("history.csv", bytes);
  twice(
      "history.csv", [&] { return read_history(path); },
      [&](const std::vector<EpochResult>& h) { write_history(path, h); });
}

void trace(std::string_view bytes) {
  const std::filesystem::path path = folder().write("trace.csv", bytes);
  twice(
      "trace.csv", [&] { return read_trace(path); },
      [](const std::vector<LayerTrace>& t) { folder().write("trace.csv", csv(t)); });
}

void predictions(std::string_view bytes) {
  for (const NamedPrediction& p : read_predictions(folder().write("predictions.csv", bytes), kClasses)) {
    if (p.prediction.probs.size() != kClasses.size()) finding("not a probability for each class");
    if (p.prediction.label < 0 || size_t(p.prediction.label) >= kClasses.size())
      finding("a label that is no class");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr void (*kReaders[])(std::string_view) = {config,  summary, metrics,    calibration,
                                                    history, trace,   predictions};
  if (size > 0) accepted({Fault::data}, [&] { kReaders[data[0] % std::size(kReaders)](text(data + 1, size - 1)); });
  return 0;
}
