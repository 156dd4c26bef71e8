// The output of predict for one image, as a human-readable line, as CSV and as JSON. Written image by image,
// since a folder may hold more images than fit into memory.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/unique_fd.h"

namespace graft {

struct Answer {
  std::filesystem::path image;
  std::vector<float> probs;  // empty if the image could not be read
  std::string error;         // reason, if it could not be read
};

std::string csv_header(const std::vector<std::string>& classes);
std::string csv_row(const Answer& answer, const std::vector<std::string>& classes);
std::string table_row(const Answer& answer, const std::vector<std::string>& classes, int top);
// An element of a JSON list that is indented by two.
std::string json_element(const Answer& answer, const std::vector<std::string>& classes);

// A CSV file of predictions that grows image by image and can be resumed after an interruption. While it is
// incomplete, a file FILE.unfinished beside it records what made it. Rows are never partial.
class AnswersFile {
 public:
  // Creates the file, or resumes an unfinished one, which must come from the same `model` (any text that
  // identifies model, precision and device) and, so far, from the same images. Throws Error: the file exists and
  // is finished, or comes from another model or other images (usage); it cannot be written (resources).
  AnswersFile(std::filesystem::path file, const std::string& model,
              const std::vector<std::filesystem::path>& images, const std::vector<std::string>& classes);

  size_t kept() const { return kept_; }              // rows found in an unfinished file
  size_t kept_empty() const { return kept_empty_; }  // of these, images that could not be read
  void write(const std::string& rows);               // appends whole rows; they have reached the file on return
  void finish();                                     // syncs the file and removes FILE.unfinished

 private:
  void keep(const std::string& model, const std::vector<std::filesystem::path>& images,
            const std::vector<std::string>& classes);
  std::filesystem::path file_, note_;
  UniqueFd fd_;
  size_t kept_ = 0, kept_empty_ = 0;
};

}  // namespace graft
