#include "tools/options/advice.h"

#include <fmt/args.h>

#include <algorithm>

#include "engine/base/printable.h"

namespace graft {
namespace {

constexpr AdviceRow kRows[] = {
    // patterns
    {"exclude", 0, " of --exclude"},
    {"only", 0, " of --only"},
    {"patterns", 0, " of --exclude or --only"},
    {"one-of-exclude", 0, "; it is one of --exclude"},
    {"one-of-only", 0, "; it is one of --only"},
    {"change-patterns", 0, "; change --exclude and --only"},
    {"take-all", 0, "; --only '*' takes all"},
    {"exclude-folder", 1, "; --exclude {} leaves it out"},
    {"exclude-all", 0, "; leave them out with", " --exclude {}"},
    {"exclude-some", 0, ", or leave them out with --exclude or --only"},
    // labels and groups
    {"labels", 0, " (--labels)"},
    {"label-table", 0, "; --labels takes a table of names and labels"},
    {"label-columns", 1, "; say which: --labels {}:IMAGE_COLUMN,LABEL_COLUMN"},
    {"label-columns-as", 3, "; say which: --labels {0}:IMAGE_COLUMN,LABEL_COLUMN, as in {0}:{1},{2}"},
    {"label-or-predict", 1,
     "; --labels FILE may name their classes; without any, vgg-finetune predict RUN {} classifies them"},
    {"group-by", 0, "; --group-by takes a table or a regular expression"},
    {"no-groups", 0, "; leave out --group-by where images have no groups"},
    {"group-columns", 1, "; say which one: --group-by {}:IMAGE_COLUMN,GROUP_COLUMN"},
    {"check-groups", 0, "; vgg-finetune check --group-by lists all that have none"},
    // folders
    {"check", 0, "; vgg-finetune check lists all"},
    {"predict", 1, "; vgg-finetune predict RUN {} classifies the images"},
    {"predict-unknown", 1, ", or, if the classes are unknown, vgg-finetune predict RUN {} classifies the images"},
    {"split", 1,
     "; if these are the classes, vgg-finetune split {} --out NEW divides them into train, val and test "
     "(--how symlink: without copies)"},
    {"split-by-labels", 1, "; vgg-finetune split {} --labels ... --out NEW makes a test"},
    // images
    {"apply-exif", 0, " without --exif apply"},
    {"deep-bits", 1, "; give --bits {}"},
    {"deep-range", 2, "; give --range {},{}"},
    // weights
    {"get", 1, " with `vgg-finetune weights get {}`"},
    {"get-with-top", 1, " with `vgg-finetune weights get {} --top`"},
    {"convert", 0, " with `vgg-finetune weights convert`"},
    {"without-top", 0, "; convert without --top, and train a new head"},
    {"inspect", 1, "; `vgg-finetune weights inspect {}` shows what is in it"},
    // the machine
    {"other-precision", 0, "; choose another --precision or --device"},
    {"pick-kernel", 2, "; pick for it too (--kernel {}={}), or leave out --kernel"},
    {"fewer-threads", 0, ", or ask for fewer with --threads"},
    {"other-cache", 0, "; choose another --cache-dir, or --cache off"},
};

std::string words_of(const AdviceRow& row, const std::vector<std::string>& values) {
  fmt::dynamic_format_arg_store<fmt::format_context> all;
  for (const std::string& value : values) all.push_back(shell_word(value));
  std::string words = fmt::vformat(row.words, all);
  if (*row.each)
    for (const std::string& value : values) words += fmt::format(fmt::runtime(row.each), shell_word(value));
  return words;
}

}  // namespace

std::span<const AdviceRow> advice_rows() { return kRows; }

std::string with_advice(const std::string& fact, const Advice& advice) {
  const auto row = std::ranges::find(kRows, advice.key, &AdviceRow::key);
  if (row == std::end(kRows) || (*row->each == 0 && row->values != advice.values.size())) return fact;
  return fact + words_of(*row, advice.values);
}

}  // namespace graft
