#include "tools/train/class_weights.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "engine/base/parse_number.h"
#include "engine/base/printable.h"
#include "engine/tables/similar_names.h"
#include "engine/tables/table_file.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

// Accepts a decimal comma, common in European spreadsheets, unless it could separate thousands.
std::string with_point(std::string field) {
  const size_t comma = field.find(',');
  if (comma == field.npos || field.find_first_of(".,", comma + 1) != field.npos) return field;
  const bool thousands = field.size() - comma == 4 && comma > 0 && field[0] != '0';
  if (!thousands) field[comma] = '.';
  return field;
}

float weight_of(const std::string& text, const std::string& file, size_t line) {
  const auto weight = parse_number(with_point(text), 0.f, 1e6f);
  if (!weight || *weight == 0)
    fail(Fault::data, "{}, line {}: '{}' is not a weight (above 0, up to 1000000)", printable(file), line,
         printable(text));
  return *weight;
}

// Rejects a table of image counts: weights are derived from counts, but run opposite to them.
void refuse_counts(const std::vector<std::string>& header, const std::string& file) {
  if (header.size() == 2 &&
      !find_columns(header, {"count", "counts", "number", "images", "n", "samples", "support", "frequency", "total",
                             "size", "nimages", "numimages", "imagecount", "numberofimages", "cases", "files"})
           .empty())
    fail(Fault::data,
         "{}: its column {} holds image counts; weights are factors of the loss, larger for rare classes: "
         "--class-weights balanced computes them from the counts",
         printable(file), printable(header[1]));
}

bool is_number(const std::string& field) {
  double number = 0;
  return std::from_chars(field.data(), field.data() + field.size(), number).ec == std::errc();
}

// A first line without a class name and a number is a header. Names are compared ignoring case, blanks and accents.
std::vector<float> read_weights(const std::string& path, const std::vector<std::string>& classes,
                                const Observers& observers) {
  if (std::error_code error; !std::filesystem::exists(path, error))
    fail(Fault::data, "--class-weights {}: no such file; give none, balanced or a CSV file of class,weight",
         printable(path));
  std::vector<float> weights(classes.size(), 0);
  size_t line = 0;
  std::string alike;
  for (const std::vector<std::string>& row : read_table(path)) {
    ++line;
    const auto is_it = [&](const std::string& c) {
      return fold_name(printable(c)) == fold_name(printable(row[0]));
    };
    if (line == 1 && row.size() == 2 && !is_number(row[1]) && std::ranges::none_of(classes, is_it)) {
      refuse_counts(row, path);
      continue;
    }
    const auto known = row.size() == 2 ? std::find_if(classes.begin(), classes.end(), is_it) : classes.end();
    if (known == classes.end())
      fail(Fault::data, "{}, line {}: expected class,weight with a class of the data", printable(path), line);
    if (printable(*known) != printable(row[0]))
      alike += fmt::format("{}'{}' for '{}'", alike.empty() ? "" : ", ", printable(row[0]), printable(*known));
    float& weight = weights[size_t(known - classes.begin())];
    if (weight != 0) fail(Fault::data, "{}, line {}: the class is listed twice", printable(path), line);
    weight = weight_of(row[1], path, line);
  }
  for (size_t c = 0; c < classes.size(); ++c)
    if (weights[c] == 0)
      fail(Fault::data, "{}: has no weight for the class '{}'", printable(path), printable(classes[c]));
  if (!alike.empty())
    observers.note("classes in {} are matched to those of the data with similar names: {}", printable(path), alike);
  return weights;
}

}  // namespace

std::vector<float> class_weights(const ClassWeightsChoice& choice, const Dataset& data,
                                 const Observers& observers) {
  if (choice.kind == ClassWeightsChoice::none) return {};
  if (choice.kind == ClassWeightsChoice::file) return read_weights(choice.path, data.classes, observers);
  std::vector<float> weights;
  for (const int count : count_labels(data.train, data.classes.size()))
    weights.push_back(float(double(data.train.size()) / (double(data.classes.size()) * count)));
  return weights;
}

}  // namespace graft
