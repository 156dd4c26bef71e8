#include "tools/run_summary.h"

#include "engine/atomic_file.h"
#include "engine/data/printable.h"
#include "kernels/api/error.h"
#include "tools/run_config.h"
#include "tools/run_file.h"

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
  field("set_aside", s.set_aside);
}

}  // namespace

void write_summary(const std::filesystem::path& run, const RunSummary& summary) {
  nlohmann::json j;
  each_field(summary, [&](const char* name, const auto& value) { j[name] = value; });
  write_file(run / "summary.json", dump(j));
}

RunSummary read_summary(const std::filesystem::path& run) {
  const std::filesystem::path path = run / "summary.json";
  const auto text = read_run_file(path);
  if (!text)
    fail(Fault::data, "{}: there is no summary.json in it; has the run finished? (vgg-finetune train --resume {})",
         printable(run), printable(run));
  try {
    const nlohmann::json j = nlohmann::json::parse(*text);
    RunSummary summary;
    each_field(summary, [&](const char* name, auto& value) { j.at(name).get_to(value); });
    return summary;
  } catch (const nlohmann::json::exception& e) {
    fail(Fault::data, "{}: cannot be read: {}", printable(path), e.what());
  }
}

}  // namespace graft
