// summary.json: the facts of a run that its other files do not hold, for the report. Written when a run ends.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace graft {

struct RunSummary {
  std::string program, device;
  double seconds = 0;  // since this process started; a resumed run has more behind it
  std::vector<std::string> classes;
  std::map<std::string, std::vector<int>> images;  // split -> images of each class
  std::vector<std::string> notes;                  // about the folders
  // Of the names, classes and contents of the images; empty without any.
  std::string train_sha256, val_sha256, test_sha256;
  int test_scored =
      0;  // how often this run has scored the test images: a finished one that is resumed does it again
  int groups = 0, shared_groups = 0;  // with --group-by: all, and those with images in two splits
  std::string which_model;            // which epoch model.h5 has, and why
  std::vector<std::string> skipped;   // a message for each image, with its path
};

void write_summary(const std::filesystem::path& run, const RunSummary& summary);
RunSummary read_summary(const std::filesystem::path& run);  // throws Error (data)

}  // namespace graft
