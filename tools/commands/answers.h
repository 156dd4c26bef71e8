// What predict says of one image, as a line for people, as CSV, as JSON. Written image by image: a folder may have
// more images than fit into memory.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/unique_fd.h"

namespace graft {

struct Answer {
  std::filesystem::path image;
  std::vector<float> probs;  // empty: the image could not be read
  std::string error;         // why
};

std::string csv_header(const std::vector<std::string>& classes);
std::string csv_row(const Answer& answer, const std::vector<std::string>& classes);
std::string table_row(const Answer& answer, const std::vector<std::string>& classes, int top);
// An element of a list that is indented by two.
std::string json_element(const Answer& answer, const std::vector<std::string>& classes);

// A CSV of answers that grows image by image, and that a stopped program goes on with. While it is not whole a file
// FILE.unfinished lies beside it, which says whose answers they are; a row is there whole or not at all.
class AnswersFile {
 public:
  // Begins the file, or goes on where one was stopped, which has to be of the same `model` (any text that names
  // model, precision and device) and of the same images up to there. Throws Error: it is there and finished, or of
  // others (usage); it cannot be written (resources).
  AnswersFile(std::filesystem::path file, const std::string& model,
              const std::vector<std::filesystem::path>& images, const std::vector<std::string>& classes);

  size_t kept() const { return kept_; }              // rows that were there
  size_t kept_empty() const { return kept_empty_; }  // of those: images that could not be read
  void write(const std::string& rows);               // to the disk, before it returns
  void finish();                                     // the file is whole

 private:
  void keep(const std::string& model, const std::vector<std::filesystem::path>& images,
            const std::vector<std::string>& classes);
  std::filesystem::path file_, note_;
  UniqueFd fd_;
  size_t kept_ = 0, kept_empty_ = 0;
};

}  // namespace graft
