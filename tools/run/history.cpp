#include "tools/run/history.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "engine/base/atomic_file.h"
#include "tools/run/run_file.h"

namespace graft {

void write_history(const std::filesystem::path& path, const std::vector<EpochResult>& history) {
  std::string csv = "epoch,steps,loss,accuracy,val_loss,val_accuracy\n";
  for (const EpochResult& e : history) {
    csv += fmt::format("{},{},{:.9g},{:.9g},", e.epoch, e.steps, e.train.loss, e.train.accuracy);
    csv += e.val ? fmt::format("{:.9g},{:.9g}\n", e.val->loss, e.val->accuracy) : ",\n";
  }
  write_file(path, csv);
}

nlohmann::json to_json(const std::vector<EpochResult>& history) {
  nlohmann::json rows = nlohmann::json::array();
  for (const EpochResult& e : history) {
    rows.push_back(
        {{"epoch", e.epoch}, {"steps", e.steps}, {"loss", e.train.loss}, {"accuracy", e.train.accuracy}});
    if (e.val) rows.back()["val"] = {{"loss", e.val->loss}, {"accuracy", e.val->accuracy}};
  }
  return rows;
}

std::vector<EpochResult> history_from_json(const nlohmann::json& json) {
  std::vector<EpochResult> history;
  for (const auto& row : json) {
    EpochResult e{
        value_at<int>(row, "epoch"), value_at<int64_t>(row, "steps"), {row.at("loss"), row.at("accuracy")}, {}};
    if (row.contains("val")) e.val = Score{row.at("val").at("loss"), row.at("val").at("accuracy")};
    history.push_back(e);
  }
  return history;
}

}  // namespace graft
