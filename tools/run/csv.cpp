#include "tools/run/csv.h"

#include <charconv>
#include <cmath>

#include "engine/base/csv.h"
#include "engine/base/printable.h"
#include "kernels/api/error.h"
#include "models/interpret/trace.h"
#include "tools/run/run_file.h"

namespace graft {
namespace {

using Rows = std::vector<std::vector<std::string>>;

[[noreturn]] void fail_line(const std::filesystem::path& path, size_t row, const char* what) {
  fail(Fault::data, "{}: record {}: {}; restore the file, or create it again", printable(path), row + 1, what);
}

template <class T>
T number(const std::string& text, const std::filesystem::path& path, size_t row) {
  T value{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) fail_line(path, row, "a field is not a number");
  return value;
}

}  // namespace

Rows read_csv(const std::filesystem::path& path) {
  const auto text = read_run_file(path);
  if (!text) fail(Fault::data, "{}: does not exist; has the run finished?", printable(path));
  const Rows rows = parse_csv(*text, path);
  if (!text->ends_with('\n')) fail_line(path, rows.size(), "it is cut off");  // our files end with a newline
  return rows;
}

std::vector<NamedPrediction> read_predictions(const std::filesystem::path& csv,
                                              const std::vector<std::string>& classes) {
  const Rows rows = read_csv(csv);
  std::vector<std::string> names, header = {"path", "label", "predicted"};
  for (const std::string& c : classes) names.push_back(printable(c));
  header.insert(header.end(), names.begin(), names.end());
  if (rows.empty() || rows[0] != header) fail_line(csv, 0, "the columns are not those of this model's classes");
  std::vector<NamedPrediction> predictions;
  for (size_t r = 1; r < rows.size(); ++r) {
    if (rows[r].size() != header.size()) fail_line(csv, r, "wrong number of fields");
    const auto label = std::find(names.begin(), names.end(), rows[r][1]);
    if (label == names.end()) fail_line(csv, r, "an unknown class");
    NamedPrediction p{printable(rows[r][0]),
                      {.sample = int(r) - 1, .label = int32_t(label - names.begin()), .probs = {}}};
    for (size_t c = 3; c < header.size(); ++c) {
      p.prediction.probs.push_back(number<float>(rows[r][c], csv, r));
      if (!(p.prediction.probs.back() >= 0 && p.prediction.probs.back() <= 1))
        fail_line(csv, r, "a probability is not between 0 and 1");
    }
    p.prediction.loss = -std::log(std::max(double(p.prediction.probs[size_t(p.prediction.label)]), 1e-38));
    predictions.push_back(std::move(p));
  }
  return predictions;
}

std::vector<EpochResult> read_history(const std::filesystem::path& csv) {
  const Rows rows = read_csv(csv);
  std::vector<EpochResult> history;
  for (size_t r = 1; r < rows.size(); ++r) {
    const std::vector<std::string>& row = rows[r];
    if (row.size() < 6) fail_line(csv, r, "too few fields");
    const auto real = [&](size_t i) { return number<double>(row[i], csv, r); };
    EpochResult e{number<int>(row[0], csv, r), number<int64_t>(row[1], csv, r), {real(2), real(3)}, {}};
    if (!row[4].empty()) e.val = Score{real(4), real(5)};
    history.push_back(e);
  }
  return history;
}

// The columns are those of csv() in trace.h.
std::vector<LayerTrace> read_trace(const std::filesystem::path& csv) {
  const Rows rows = read_csv(csv);
  std::vector<LayerTrace> trace;
  for (size_t r = 1; r < rows.size(); ++r) {
    const std::vector<std::string>& row = rows[r];
    if (row.size() != 19) fail_line(csv, r, "wrong number of fields");
    const auto real = [&](size_t i) { return number<double>(row[i], csv, r); };
    const auto maybe = [&](size_t i) { return row[i].empty() ? std::nullopt : std::optional(real(i)); };
    LayerTrace t{.epoch = number<int>(row[0], csv, r), .layer = row[1], .trained = row[2] == "1"};
    if (!row[3].empty()) {
      t.outputs = Moments{real(3), real(4), real(5), real(6), real(7), 0};
      t.units = number<int64_t>(row[8], csv, r), t.dead = number<int64_t>(row[9], csv, r);
    }
    if (!row[10].empty()) t.gradient = Moments{real(10), real(11), real(12), real(13), real(14), real(15)};
    t.weight_norm = maybe(16), t.update = maybe(17), t.drift = maybe(18);
    trace.push_back(std::move(t));
  }
  return trace;
}

}  // namespace graft
