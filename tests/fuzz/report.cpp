// A whole report from the files of a run, which are concatenated in the input, separated by a byte 0x1E. The page must
// contain no markup but that of the report, whatever names the files contain.
#include "tools/report/report.h"

#include "tests/fuzz/harness.h"
#include "tests/fuzz/html_check.h"

using namespace graft;
using namespace graft::fuzz;

namespace {

constexpr const char* kFiles[] = {"config.json",     "summary.json",     "history.csv", "metrics.json",
                                  "predictions.csv", "calibration.json", "trace.csv"};

void write_files(std::string_view bytes) {
  for (const char* name : kFiles) {
    const size_t end = bytes.find('\x1e');
    const std::string_view content = bytes.substr(0, end);
    std::filesystem::remove(folder().at(name));
    if (!content.empty()) folder().write(name, content);
    bytes = end == bytes.npos ? std::string_view() : bytes.substr(end + 1);
  }
}

// Like gather_report(), but without images and model.
Report gather() {
  const std::filesystem::path& run = folder().path();
  Report r{.run = run, .config = read_run_config(run), .summary = read_summary(run)};
  const std::vector<std::string>& classes = r.config.model.classes;
  r.model_sha256 = std::string(64, 'a');
  r.history = read_history(run / "history.csv");
  r.calibration = read_calibration(run, classes);
  if (std::filesystem::exists(run / "trace.csv")) r.trace = read_trace(run / "trace.csv");
  r.map_layer = "block5_conv1";
  if (!r.summary.images.contains("test")) return r;
  r.evaluation = read_evaluation(run / "metrics.json");
  r.predictions = read_predictions(run / "predictions.csv", classes);
  if (r.evaluation->classes != classes || r.evaluation->images != int64_t(r.predictions.size()))
    fail(Fault::data, "not of the same test");
  for (const NamedPrediction& named : r.predictions) {
    const bool right = named.prediction.predicted() == named.prediction.label;
    std::vector<Example>& examples = right ? r.hits : r.errors;
    if (examples.size() >= 6) continue;
    const Image grey{2, 2, std::vector<uint8_t>(12, 128), {}};
    examples.push_back({named, examples.size() % 2 ? named.image : "", grey, grey, grey});
  }
  return r;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  write_files(text(data, size));
  std::string page;
  if (!accepted({Fault::data}, [&] { page = render(gather()); })) return 0;
  if (const std::string wrong = HtmlCheck::wrong_in(page); !wrong.empty()) finding("in the page, {}", wrong);
  return 0;
}
