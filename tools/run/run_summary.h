// summary.json: facts that no other file of the run holds, for the report. Written when a run ends.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace graft {

struct RunSummary {
  std::string program, device;
  double seconds = 0;  // of the last process; earlier ones of a resumed run are not counted
  std::vector<std::string> classes;
  std::map<std::string, std::vector<int>> images;  // split -> images of each class
  std::vector<std::string> notes;                  // about the data
  // Hashes of the names, classes and contents of the images; empty if there are none.
  std::string train_sha256, val_sha256, test_sha256;
  int test_scored = 0;  // how often this run has scored the test images; each resume of a finished run adds one
  int groups = 0, shared_groups = 0;  // with --group-by: all, and those that span two splits
  int model_epoch = 0;                // the epoch that model.h5 holds; 0: a run of an earlier version
  std::string which_model;            // which epoch model.h5 holds, and why
  std::vector<std::string> skipped;   // one message per image, with its path
};

void write_summary(const std::filesystem::path& run, const RunSummary& summary);
RunSummary read_summary(const std::filesystem::path& run);  // throws Error (data)

}  // namespace graft
