// The results of linear probes as text, CSV, JSON and SVG.
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace graft {

struct BlockScore {
  std::string layer;
  int64_t features = 0;
  double accuracy = 0, standard_error = 0;  // of the linear probe; standard_error is sqrt(p (1 - p) / images)
  double balanced_accuracy = 0, loss = 0;
  double strength = 0;  // of its L2 regularisation
  bool converged = true;
  double logme = 0;
};

// The first block whose accuracy is within one standard error of the best one (the rule of Breiman et al.,
// "Classification and Regression Trees", 1984): any gain from later blocks cannot be shown with these images.
// Returns an index into `scores`; its first row is the input, which is not a candidate.
size_t where_to_cut(const std::vector<BlockScore>& scores);

std::string table(const std::vector<BlockScore>& scores);                  // human-readable; marks the cut
std::string advice(const std::vector<BlockScore>& scores, double chance);  // what to do about it
std::string csv(const std::vector<BlockScore>& scores);
nlohmann::json to_json(const std::vector<BlockScore>& scores);
// A self-contained picture: accuracy with error bars above, LogME below, block by block.
std::string svg(const std::vector<BlockScore>& scores, double chance);

}  // namespace graft
