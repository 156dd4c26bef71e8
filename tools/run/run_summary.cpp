#include "tools/run/run_summary.h"

#include "engine/base/atomic_file.h"
#include "engine/base/printable.h"
#include "kernels/api/error.h"
#include "tools/run/run_config.h"
#include "tools/run/run_file.h"

namespace graft {
namespace {

template <class S, class F>
void each_field(S& s, F&& field) {
  field("program", s.program);
  field("device", s.device);
  field("seconds", s.seconds);
  field("classes", s.classes);
  field("images", s.images);
  field("notes", s.notes);
  field("train_sha256", s.train_sha256);
  field("val_sha256", s.val_sha256);
  field("test_sha256", s.test_sha256);
  field("test_scored", s.test_scored);
  field("groups", s.groups);
  field("shared_groups", s.shared_groups);
  field("which_model", s.which_model);
  field("set_aside", s.skipped);
}

}  // namespace

void write_summary(const std::filesystem::path& run, const RunSummary& summary) {
  nlohmann::json j;
  each_field(summary, [&](const char* name, const auto& value) { j[name] = value; });
  j["model_epoch"] = summary.model_epoch;
  write_file(run / "summary.json", dump(j));
}

RunSummary read_summary(const std::filesystem::path& run) {
  const std::filesystem::path path = run / "summary.json";
  const auto j = read_run_json(path);
  if (!j)
    fail(Fault::data, "{}: contains no summary.json; has the run finished? (vgg-finetune train --resume {})",
         printable(run), printable(run));
  try {
    RunSummary summary;
    each_field(summary, [&](const char* name, auto& value) { read_at(*j, name, value); });
    if (j->contains("model_epoch")) read_at(*j, "model_epoch", summary.model_epoch);
    return summary;
  } catch (const nlohmann::json::exception& e) {
    fail(Fault::data, "{}: cannot be read: {}", printable(path), e.what());
  }
}

}  // namespace graft
