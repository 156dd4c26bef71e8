// Which images, and how the model sees them.
#include "engine/image/depth.h"
#include "tools/options/rows.h"
#include "tools/options/values.h"

namespace graft {
namespace {

// A preset of preprocessing, or "auto".
void check_preprocess(const std::string& given) {
  if (given != "auto") preprocess_preset(given);
}

std::optional<Levels> parse_bits(std::string_view given) {
  const auto bits = parse_number(given, 9, 16);
  if (!bits) fail(Fault::usage, "{} is not a whole number from 9 to 16", given);
  return parse_levels(*bits, "");
}
std::string no_text(const std::optional<Levels>&) { return ""; }

std::optional<Levels> parse_range(std::string_view given) { return parse_levels(0, std::string(given)); }
std::string range_text(const std::optional<Levels>& levels) {
  return levels ? fmt::format("{},{}", levels->low, levels->high) : "";
}

// Nothing for an empty text: what the preset of preprocessing says.
template <class T, T (*parse)(std::string_view)>
std::optional<T> parse_choice(std::string_view given) {
  return given.empty() ? std::nullopt : std::optional(parse(given));
}
template <class T>
std::string choice_text(const std::optional<T>& choice) {
  return choice ? name(*choice) : "";
}

std::vector<Option> picture_rows(const std::string& group) {
  return {
      {.flag = "--preprocess",
       .field = "preprocess",
       .group = group,
       .help = "auto (bound to the weights), keras-caffe, torchvision or tutorial (RGB/255)",
       .value = text("NAME", FIELD(data.preprocess.preset), check_preprocess)},
      {.flag = "--resize",
       .field = "resize",
       .group = group,
       .help = "nearest or bilinear, instead of what preprocessing says",
       .value = parsed("WORD", FIELD(data.preprocess.resize), parse_choice<Interpolation, parse_interpolation>,
                       choice_text<Interpolation>),
       .shows_default = false},
      {.flag = "--fit",
       .field = "fit",
       .group = group,
       .help = "stretch or crop (short side, then centre), instead of what preprocessing says",
       .value = parsed("WORD", FIELD(data.preprocess.fit), parse_choice<Fit, parse_fit>, choice_text<Fit>),
       .shows_default = false},
      {.flag = "--bits",
       .group = group,
       .help = "for images of more than 8 bits: how many of them are used, as 12 of a CT in 16-bit files: values "
               "of 0 to "
               "2^N - 1 become 0 to 255 (default: the upper 8 bits of the file's); part of the model",
       .value = parsed("NUMBER", FIELD(data.preprocess.levels), parse_bits, no_text),
       .shows_default = false},
      {.flag = "--range",
       .field = "range",
       .group = group,
       .help = "the same as LOW,HIGH: which values become 0 and 255, as in --range 31768,35864",
       .value = parsed("LOW,HIGH", FIELD(data.preprocess.levels), parse_range, range_text),
       .shows_default = false,
       .excludes = "--bits"},
      {.flag = "--exif",
       .field = "exif",
       .group = group,
       .help = "ignore or apply the orientation that JPEG and PNG files note, instead of what preprocessing says "
               "(which "
               "is ignore, as in Keras and torchvision); part of the model",
       .value = parsed("WORD", FIELD(data.preprocess.exif), parse_choice<Exif, parse_exif>, choice_text<Exif>),
       .shows_default = false},
      {.flag = "--augment",
       .field = "augment",
       .group = group,
       .help = "random views of training images: none, keras-generator or medical-gentle, each with changes, as in "
               "medical-gentle,rotation=5,flip-horizontal=1 (vgg-finetune augment draws them)",
       .value = parsed("NAME", FIELD(data.augment), parse_augment, [](const Augment& a) { return describe(a); })},
      {.flag = "--augment-views",
       .field = "augment_views",
       .group = group,
       .help = "keep the frozen layers' outputs of K fixed views of each image: faster, an approximation (0: new "
               "views in each pass)",
       .value = number(FIELD(data.augment_views), 0, 1000)},
  };
}

std::vector<Option> file_rows(const std::string& group) {
  return {
      {.flag = "--exclude",
       .field = "exclude",
       .group = group,
       .help = "leave out files and folders of this name or path, as '*_mask.png' or masks (* ? [a-z]; repeatable)",
       .value = texts("PATTERN", FIELD(data.rules.exclude)),
       .shows_default = false},
      {.flag = "--only",
       .field = "only",
       .group = group,
       .help = "take only files that match, by themselves or by a folder, as '*.png' or images (repeatable)",
       .value = texts("PATTERN", FIELD(data.rules.only)),
       .shows_default = false},
      {.flag = "--labels",
       .field = "labels",
       .group = group,
       .help = "classes from a table instead of class folders: FILE or FILE:IMAGE_COLUMN,LABEL_COLUMN",
       .value = text("TABLE", FIELD(data.rules.labels)),
       .shows_default = false,
       .may_change = true},
      {.flag = "--group-by",
       .field = "group_by",
       .group = group,
       .help =
           "what must not be in two splits (a patient): a regular expression or a table, as for check and split",
       .value = text("GROUPS", FIELD(data.group_by)),
       .shows_default = false,
       .may_change = true},
      {.flag = "--allow-group-overlap",
       .field = "allow_group_overlap",
       .group = group,
       .help = "train although groups are in two splits",
       .value = flag(FIELD(data.allow_group_overlap)),
       .idle = [](const TrainConfig& c, const RunFacts&) -> std::string {
         return c.data.group_by.empty() ? "it applies to groups, and no --group-by says what they are" : "";
       }},
      {.flag = "--on-bad-image",
       .field = "on_bad_image",
       .group = group,
       .help = "skip (and list at the end) or fail",
       .value = one_of(FIELD(data.on_bad_image), {{"skip", OnBadImage::skip}, {"fail", OnBadImage::fail}})},
      {.flag = "--positive",
       .field = "positive",
       .group = group,
       .help =
           "of two classes, the one that thresholds (chosen on validation images) look for (default: the second)",
       .value = text("CLASS", FIELD(data.positive)),
       .shows_default = false,
       .idle = [](const TrainConfig&, const RunFacts& run) -> std::string {
         return run.validation ? ""
                               : "thresholds that look for it are chosen on validation images, and there are none";
       }},
  };
}

}  // namespace

std::vector<Option> data_rows() {
  std::vector<Option> rows = picture_rows("Data");
  for (Option& row : file_rows("Data")) rows.push_back(std::move(row));
  return rows;
}

}  // namespace graft
