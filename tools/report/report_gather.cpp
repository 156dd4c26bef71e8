// Gathers the content of a report: the files of a run, and Grad-CAM maps of a few test images.
#include <algorithm>
#include <array>
#include <map>

#include "engine/base/atomic_file.h"
#include "engine/base/printable.h"
#include "engine/data/survey.h"
#include "models/interpret/cam_image.h"
#include "models/interpret/explain.h"
#include "tools/options/advice.h"
#include "tools/report/report.h"
#include "tools/run/fingerprint.h"
#include "tools/run/image_names.h"
#include "tools/run/run_digests.h"
#include "tools/run/run_file.h"

namespace graft {
namespace {

namespace fs = std::filesystem;
constexpr size_t kErrors = 6, kHits = 6;

bool right(const NamedPrediction& p) { return p.prediction.predicted() == p.prediction.label; }

// The errors of highest loss, the most confident first.
std::vector<Example> worst_errors(const std::vector<NamedPrediction>& predictions) {
  std::vector<const NamedPrediction*> wrong;
  for (const NamedPrediction& p : predictions)
    if (!right(p)) wrong.push_back(&p);
  std::stable_sort(wrong.begin(), wrong.end(),
                   [](const auto* a, const auto* b) { return a->prediction.loss > b->prediction.loss; });
  std::vector<Example> examples;
  for (size_t i = 0; i < std::min(wrong.size(), kErrors); ++i) examples.push_back({*wrong[i], {}, {}, {}, {}});
  return examples;
}

// For each class, the correct prediction of median confidence, as a typical example.
std::vector<Example> typical_hits(const std::vector<NamedPrediction>& predictions, size_t classes) {
  std::vector<Example> examples;
  for (size_t c = 0; c < classes && examples.size() < kHits; ++c) {
    std::vector<const NamedPrediction*> hits;
    for (const NamedPrediction& p : predictions)
      if (right(p) && size_t(p.prediction.label) == c) hits.push_back(&p);
    if (hits.empty()) continue;
    std::stable_sort(hits.begin(), hits.end(),
                     [](const auto* a, const auto* b) { return a->prediction.loss < b->prediction.loss; });
    examples.push_back({*hits[hits.size() / 2], {}, {}, {}, {}});
  }
  return examples;
}

// The test images by their names in predictions.csv, or the reason why they cannot be shown: they do not exist,
// or are not those that were tested.
struct TestFiles {
  std::map<std::string, fs::path> by_name;
  std::string why_not;  // shown on the page, which may be shared: no paths
};

TestFiles find_test_files(const Report& r, const fs::path& folder, const Observers& observers) {
  TestFiles test;
  std::vector<Note> notes, warnings;
  try {
    const auto split = find_split(folder, "test");
    if (!split)
      return {{}, "the data folder no longer has test images; give their place with report --data FOLDER"};
    std::vector<Sample> samples =
        scan_split(*split, folder, r.config.model.classes, r.config.options.data.rules, notes, warnings);
    const std::array<std::vector<Sample>*, 1> all = {&samples};
    Progress progress(observers, {.task = "reading test images", .total = int64_t(samples.size())});
    survey(all, 0, [&](int64_t n, int64_t) { return progress.update(n), true; });
    progress.end();
    const ImageNames names{folder, r.config.options.data.hide_names};
    for (const Sample& s : samples) test.by_name.emplace(names.of(s), s.path);
    const bool all_named = std::ranges::all_of(
        r.predictions, [&](const NamedPrediction& p) { return test.by_name.contains(p.image); });
    if (!all_named || fingerprint(samples, folder) != r.summary.test_sha256)
      test.why_not = "the test images are not those that the run was tested on (their contents differ)";
  } catch (const Error& e) {
    if (e.fault() != Fault::data) throw;
    observers.note("{}", with_advice(e));
    test.why_not = "the test images are no longer there; give their new place with report --data FOLDER";
  }
  return test;
}

void add_pictures(std::vector<Example>& examples, const TestFiles& test, const ExplainImages& explain, int layer) {
  for (const bool of_label : {false, true}) {  // for the predicted class, then for the true class of errors
    std::vector<size_t> which;
    std::vector<fs::path> paths;
    std::vector<int> classes;
    for (size_t i = 0; i < examples.size(); ++i) {
      const NamedPrediction& said = examples[i].said;
      if (of_label && right(said)) continue;
      which.push_back(i);
      paths.push_back(test.by_name.at(said.image));
      classes.push_back(of_label ? said.prediction.label : said.prediction.predicted());
    }
    constexpr int kBatch = 4;
    explain(
        paths, classes, layer, kBatch,
        [&](const Explained& e) {
          Example& to = examples[which[e.index]];
          to.fitted = e.fitted;
          (of_label ? to.label_map : to.predicted_map) = overlay_map(e.fitted, e.map);
        },
        [&](size_t i, const std::string& message) {
          const std::string path = printable(paths[i]) + ": ";
          examples[which[i]].trouble = message.starts_with(path) ? message.substr(path.size()) : message;
        });
  }
}

std::vector<PointingResult> read_pointing(const fs::path& run, const Observers& observers) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(run / "explain", error))
    if (fs::exists(entry.path() / "explain.json")) files.push_back(entry.path() / "explain.json");
  if (error && error != std::errc::no_such_file_or_directory)  // without the folder, explain has not been used
    fail(Fault::resources, "{}: the folder cannot be read: {}; check the disk", printable(run / "explain"),
         error.message());
  std::sort(files.begin(), files.end());
  std::vector<PointingResult> results;
  for (const fs::path& path : files) {
    const auto text = read_run_file(path);
    if (!text) continue;
    try {
      const nlohmann::json j = parse_json(*text, printable(path), Fault::data);
      if (j.contains("pointing"))
        results.push_back({j.at("layer"), fs::path(j.at("images").get<std::string>()).filename(),
                           pointing_from_json(j.at("pointing"))});
    } catch (const nlohmann::json::exception& e) {
      observers.note("{}: cannot be read: {}; the report omits it", printable(path), printable(e.what()));
    } catch (const Error& e) {
      observers.note("{}; the report omits it", with_advice(e));
    }
  }
  return results;
}

// Shortens paths in notes to their last part, since they reveal the layout of the training machine.
void shorten_paths(Report& r) {
  const TrainConfig& o = r.config.options;
  std::vector<std::string> folders = {printable(o.data.folder.parent_path())};
  for (const std::string& before : r.config.changes.data)
    folders.push_back(printable(fs::path(before).parent_path()));
  for (const std::string& table : {o.data.rules.labels, o.data.group_by, o.loss.class_weights.path.string()})
    if (table.starts_with('/')) folders.push_back(printable(fs::path(table).parent_path()));
  for (std::string& note : r.summary.notes)
    for (const std::string& folder : folders)
      for (size_t at = 0; folder.size() > 1 && (at = note.find(folder + "/", at)) != note.npos;)
        note.erase(at, folder.size() + 1);
}

// Removes names that the run's files contain but that the page must not show.
void hide_names(Report& r) {
  for (std::vector<Example>* examples : {&r.errors, &r.hits})
    for (Example& e : *examples) e.said.image = fmt::format("test image {}", e.said.prediction.sample + 1);
  std::vector<std::string>& files = r.summary.skipped;
  if (!files.empty()) files = {fmt::format("{}, listed in summary.json", files.size())};
  for (PointingResult& p : r.pointing) p.images = "images";
  std::vector<std::string>& notes = r.summary.notes;
  if (!notes.empty()) notes = {fmt::format("{}, listed in summary.json", notes.size())};
}

}  // namespace

Report gather_report(const fs::path& run, const ReportOptions& options, const Model& model,
                     const ExplainImages& explain, const Observers& observers) {
  Report r{.run = run, .config = read_run_config(run), .summary = read_summary(run)};
  r.hide_names = options.hide_names || r.config.options.data.hide_names;
  const std::vector<std::string>& classes = r.config.model.classes;
  shorten_paths(r);
  r.model_sha256 = recorded_sha256(run, "model.h5");
  r.history = read_history(run / "history.csv");
  r.calibration = read_calibration(run, classes);
  r.pointing = read_pointing(run, observers);
  if (fs::exists(run / "trace.csv")) r.trace = read_trace(run / "trace.csv");
  const int layer = find_conv(model, "");
  r.map_layer = model.layers()[layer].name;
  if (!r.summary.images.contains("test")) {
    if (r.hide_names) hide_names(r);
    return r;
  }
  r.evaluation = read_evaluation(run / "metrics.json");
  r.predictions = read_predictions(run / "predictions.csv", classes);
  if (r.evaluation->classes != classes || r.evaluation->images != int64_t(r.predictions.size()))
    fail(Fault::data, "{}: metrics.json and predictions.csv belong to different tests; restore them",
         printable(run));
  r.errors = worst_errors(r.predictions);
  r.hits = typical_hits(r.predictions, classes.size());
  const fs::path& folder = options.data.empty() ? r.config.options.data.folder : options.data;
  const TestFiles test = find_test_files(r, folder, observers);
  if (!test.why_not.empty()) observers.note("the report has no pictures: {}: {}", printable(folder), test.why_not);
  for (std::vector<Example>* examples : {&r.errors, &r.hits})
    if (test.why_not.empty())
      add_pictures(*examples, test, explain, layer);
    else
      for (Example& e : *examples) e.trouble = test.why_not;
  if (r.hide_names) hide_names(r);
  return r;
}

fs::path write_report(const fs::path& run, const ReportOptions& options, const Model& model,
                      const ExplainImages& explain, const Observers& observers) {
  const fs::path file = options.out.empty() ? run / "report.html" : options.out;
  write_file(file, render(gather_report(run, options, model, explain, observers)));
  return file;
}

}  // namespace graft
