// What probes have found, for people, for spreadsheets and for programs.
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace graft {

struct BlockScore {
  std::string layer;
  int64_t features = 0;
  double accuracy = 0, standard_error = 0;  // of the linear probe; the error is sqrt(p (1 - p) / images)
  double balanced_accuracy = 0, loss = 0;
  double strength = 0;  // of its regularisation
  bool converged = true;
  double logme = 0;
};

// The first block whose accuracy is within one standard error of the best one's (the rule of Breiman and others,
// "Classification and Regression Trees", 1984): what comes after it adds nothing that these images could show. An
// index into `scores`, whose first row is the input and no candidate.
size_t where_to_cut(const std::vector<BlockScore>& scores);

std::string table(const std::vector<BlockScore>& scores);                  // marks the cut
std::string advice(const std::vector<BlockScore>& scores, double chance);  // what follows from the table
std::string csv(const std::vector<BlockScore>& scores);
nlohmann::json to_json(const std::vector<BlockScore>& scores);
// A picture that stands alone: accuracy with error bars above, LogME below, block by block.
std::string svg(const std::vector<BlockScore>& scores, double chance);

}  // namespace graft
