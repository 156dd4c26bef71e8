#include "tools/probe/probe_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace graft {
namespace {

const BlockScore& best_of(const std::vector<BlockScore>& scores) {
  return *std::max_element(scores.begin() + 1, scores.end(),
                           [](const auto& a, const auto& b) { return a.accuracy < b.accuracy; });
}

bool level(const BlockScore& score, const BlockScore& best) {
  return score.accuracy >= best.accuracy - best.standard_error;
}

}  // namespace

size_t where_to_cut(const std::vector<BlockScore>& scores) {
  size_t cut = 1;
  while (!level(scores[cut], best_of(scores))) ++cut;
  return cut;
}

std::string table(const std::vector<BlockScore>& scores) {
  std::string text = fmt::format("{:<13} {:>8}  {:>8} {:>8}  {:>8}  {:>7}  {:>8}  {:>8}\n", "after", "features",
                                 "accuracy", "+- s.e.", "balanced", "loss", "L2", "LogME");
  for (size_t i = 0; i < scores.size(); ++i) {
    const BlockScore& s = scores[i];
    text += fmt::format("{:<13} {:>8}  {:>8.4f} {:>8.4f}  {:>8.4f}  {:>7.4f}  {:>8.2g}  {:>8.4f}{}{}\n", s.layer,
                        s.features, s.accuracy, s.standard_error, s.balanced_accuracy, s.loss, s.strength, s.logme,
                        i == where_to_cut(scores) ? "  <- cut here" : "",
                        s.converged ? "" : "  (the fit did not converge)");
  }
  return text;
}

std::string advice(const std::vector<BlockScore>& scores, double chance) {
  const size_t cut = where_to_cut(scores);
  const BlockScore &best = best_of(scores), &at = scores[cut];
  std::string text;
  if (&best == &at)
    text =
        fmt::format("{} is the best place for a new head ({:.4f}); no earlier one is within one standard error.\n",
                    at.layer, at.accuracy);
  else
    text = fmt::format("{} is the earliest place within one standard error of the best ({}, {:.4f}).\n", at.layer,
                       best.layer, best.accuracy);
  text +=
      cut + 1 == scores.size()
          ? "Keep the whole trunk and train a new head on it: --unfreeze none (the default).\n"
          : fmt::format("The layers after it are specific to other images: train them with --unfreeze block{}.\n",
                        cut + 1);
  const auto& logme = *std::max_element(scores.begin() + 1, scores.end(),
                                        [](const auto& a, const auto& b) { return a.logme < b.logme; });
  text += fmt::format("LogME is highest after {}.\n", logme.layer);
  if (best.accuracy < chance + 2 * best.standard_error)
    text += fmt::format("No block does better than always predicting the most frequent class ({:.4f}).\n", chance);
  else if (level(scores[0], best))
    text += "The mean colour of an image predicts as well as any block: check how the classes were recorded.\n";
  return text;
}

std::string csv(const std::vector<BlockScore>& scores) {
  std::string text = "layer,features,accuracy,standard_error,balanced_accuracy,loss,l2,converged,logme,cut\n";
  for (size_t i = 0; i < scores.size(); ++i) {
    const BlockScore& s = scores[i];
    text += fmt::format("{},{},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{},{:.9g},{}\n", s.layer, s.features, s.accuracy,
                        s.standard_error, s.balanced_accuracy, s.loss, s.strength, int(s.converged), s.logme,
                        int(i == where_to_cut(scores)));
  }
  return text;
}

nlohmann::json to_json(const std::vector<BlockScore>& scores) {
  nlohmann::json rows = nlohmann::json::array();
  for (const BlockScore& s : scores)
    rows.push_back({{"layer", s.layer},
                    {"features", s.features},
                    {"accuracy", s.accuracy},
                    {"standard_error", s.standard_error},
                    {"balanced_accuracy", s.balanced_accuracy},
                    {"loss", s.loss},
                    {"l2", s.strength},
                    {"converged", s.converged},
                    {"logme", s.logme}});
  return rows;
}

}  // namespace graft
