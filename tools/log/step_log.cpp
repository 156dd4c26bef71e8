#include "tools/log/step_log.h"

#include <fmt/core.h>

#include "engine/base/atomic_file.h"
#include "engine/base/csv.h"
#include "engine/base/parse_number.h"
#include "engine/base/printable.h"
#include "kernels/api/error.h"
#include "tools/run/csv.h"

namespace graft {
namespace {

constexpr const char* kSteps = "step,epoch,images,loss,accuracy\n";
constexpr const char* kOrder = "step,image\n";

// The lines with a first field of at most `last`.
std::string lines_until(const std::filesystem::path& path, int64_t last) {
  std::string lines;
  const auto rows = read_csv(path);
  for (size_t i = 1; i < rows.size(); ++i) {
    const auto step = parse_number<int64_t>(rows[i].front());
    if (!step)
      fail(Fault::data, "{}: record {} does not begin with a step number; restore the file, or start a new run",
           printable(path), i + 1);
    if (*step > last) break;
    for (size_t f = 0; f < rows[i].size(); ++f) lines += (f ? "," : "") + csv_field(rows[i][f]);
    lines += "\n";
  }
  return lines;
}

}  // namespace

void StepLog::on_step(const StepEvent& e) {
  steps_ += fmt::format("{},{},{},{:.9g},{:.9g}\n", e.step, e.epoch, e.samples.size(), e.loss, e.accuracy);
  for (int i : e.samples) order_ += fmt::format("{},{}\n", e.step, csv_field(names_.of(samples_[size_t(i)])));
}

void StepLog::before_save() {
  write_file(run_ / "steps.csv", kSteps + steps_);
  write_file(run_ / "order.csv", kOrder + order_);
}

void StepLog::resume(int64_t step) {
  steps_ = lines_until(run_ / "steps.csv", step);
  order_ = lines_until(run_ / "order.csv", step);
}

}  // namespace graft
