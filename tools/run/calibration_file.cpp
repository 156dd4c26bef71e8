#include "tools/run/calibration_file.h"

#include "engine/base/atomic_file.h"
#include "engine/base/printable.h"
#include "kernels/api/error.h"
#include "tools/run/run_config.h"
#include "tools/run/run_file.h"

namespace graft {
namespace {

using nlohmann::json;

template <class C, class F>
void each_number(C& c, F&& field) {
  field("loss_before", c.loss_before);
  field("loss_after", c.loss_after);
  field("ece_before", c.ece_before);
  field("ece_after", c.ece_after);
}

}  // namespace

void write_calibration(const std::filesystem::path& run, const Calibration& c,
                       const std::vector<std::string>& classes) {
  json j = {{"model_sha256", c.model_sha256}, {"images", c.images}, {"thresholds", json::array()}};
  for (const OperatingPoint& p : c.points)
    j["thresholds"].push_back(
        {{"rule", p.rule}, {"positive", classes[size_t(p.positive)]}, {"threshold", p.threshold}});
  if (c.temperature) {
    j["temperature"]["value"] = *c.temperature;
    each_number(c, [&](const char* name, double value) { j["temperature"][name] = value; });
  }
  write_file(run / "calibration.json", dump(j));
}

std::optional<Calibration> read_calibration(const std::filesystem::path& run,
                                            const std::vector<std::string>& classes) {
  const std::filesystem::path path = run / "calibration.json";
  const auto stored = read_run_json(path);
  if (!stored) return {};
  try {
    const json& j = *stored;
    Calibration c{.model_sha256 = j.at("model_sha256"),
                  .images = value_at<int64_t>(j, "images"),
                  .points = {},
                  .temperature = {}};
    for (const json& p : j.at("thresholds")) {
      const auto positive = std::find(classes.begin(), classes.end(), p.at("positive").get<std::string>());
      if (positive == classes.end())
        fail(Fault::data, "{}: a threshold for an unknown class; restore the file", printable(path));
      c.points.push_back({p.at("rule"), int(positive - classes.begin()), p.at("threshold")});
    }
    if (j.contains("temperature")) {
      c.temperature = j.at("temperature").at("value").get<double>();
      each_number(c, [&](const char* name, double& value) { j.at("temperature").at(name).get_to(value); });
    }
    return c;
  } catch (const json::exception& e) {
    fail(Fault::data, "{}: cannot be read: {}", printable(path), e.what());
  }
}

}  // namespace graft
