// Data options: which images, and how the model sees them.
#include "engine/image/depth.h"
#include "tools/options/rows.h"
#include "tools/options/values.h"

namespace graft {
namespace {

// Accepts a preprocessing preset or "auto".
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

// nullopt for an empty text: the preset decides.
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
       .help = "auto (that of the weights), keras-caffe, torchvision or tutorial (RGB/255)",
       .value = text("NAME", FIELD(data.preprocess.preset), check_preprocess)},
      {.flag = "--resize",
       .field = "resize",
       .group = group,
       .help = "nearest or bilinear, overriding --preprocess",
       .value = parsed("WORD", FIELD(data.preprocess.resize), parse_choice<Interpolation, parse_interpolation>,
                       choice_text<Interpolation>),
       .shows_default = false},
      {.flag = "--fit",
       .field = "fit",
       .group = group,
       .help = "stretch or crop (resize the short side, then centre crop), overriding --preprocess",
       .value = parsed("WORD", FIELD(data.preprocess.fit), parse_choice<Fit, parse_fit>, choice_text<Fit>),
       .shows_default = false},
      {.flag = "--bits",
       .group = group,
       .help =
           "for images of more than 8 bits: the number of bits in use, such as 12 for CT in 16-bit files: values "
           "of 0 to 2^N - 1 become 0 to 255 (default: the upper 8 bits of the file); part of the model",
       .value = parsed("NUMBER", FIELD(data.preprocess.levels), parse_bits, no_text),
       .shows_default = false},
      {.flag = "--range",
       .field = "range",
       .group = group,
       .help = "like --bits, but given as the values that become 0 and 255, as in --range 31768,35864",
       .value = parsed("LOW,HIGH", FIELD(data.preprocess.levels), parse_range, range_text),
       .shows_default = false,
       .excludes = "--bits"},
      {.flag = "--exif",
       .field = "exif",
       .group = group,
       .help =
           "ignore or apply the EXIF orientation of JPEG and PNG files, overriding --preprocess (which is ignore, "
           "as in Keras and torchvision); part of the model",
       .value = parsed("WORD", FIELD(data.preprocess.exif), parse_choice<Exif, parse_exif>, choice_text<Exif>),
       .shows_default = false,
       .may_be_missing = true},
      {.flag = "--augment",
       .field = "augment",
       .group = group,
       .help =
           "augmentation of training images: none, keras-generator or medical-gentle, optionally with changes, as "
           "in medical-gentle,rotation=5,flip-horizontal=1 (vgg-finetune augment shows them)",
       .value = parsed("NAME", FIELD(data.augment), parse_augment, [](const Augment& a) { return describe(a); })},
      {.flag = "--augment-views",
       .field = "augment_views",
       .group = group,
       .help = "cache the frozen layers' outputs for K fixed views of each image: faster, but an approximation (0: "
               "new views in each pass)",
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
       .shows_default = false,
       .may_be_missing = true},
      {.flag = "--only",
       .field = "only",
       .group = group,
       .help = "keep only files that match by their own name or a folder's, such as '*.png' or images (repeatable)",
       .value = texts("PATTERN", FIELD(data.rules.only)),
       .shows_default = false,
       .may_be_missing = true},
      {.flag = "--labels",
       .field = "labels",
       .group = group,
       .help = "classes from a table instead of class folders: FILE or FILE:IMAGE_COLUMN,LABEL_COLUMN",
       .value = text("TABLE", FIELD(data.rules.labels)),
       .shows_default = false,
       .may_be_missing = true,
       .may_change = true},
      {.flag = "--group-by",
       .field = "group_by",
       .group = group,
       .help = "which images belong together (a patient) and must share a split: a regular expression or a table",
       .value = text("GROUPS", FIELD(data.group_by)),
       .shows_default = false,
       .may_change = true},
      {.flag = "--allow-group-overlap",
       .field = "allow_group_overlap",
       .group = group,
       .help = "train even if groups span two splits",
       .value = flag(FIELD(data.allow_group_overlap)),
       .idle = [](const TrainConfig& c, const RunFacts&) -> std::string {
         return c.data.group_by.empty() ? "it applies to groups, and there is no --group-by" : "";
       }},
      {.flag = "--on-bad-image",
       .field = "on_bad_image",
       .group = group,
       .help = "skip (and list at the end) or fail",
       .value = one_of(FIELD(data.on_bad_image), {{"skip", OnBadImage::skip}, {"fail", OnBadImage::fail}})},
      {.flag = "--positive",
       .field = "positive",
       .group = group,
       .help = "of two classes, the positive one for thresholds chosen on validation images (default: the second)",
       .value = text("CLASS", FIELD(data.positive)),
       .shows_default = false,
       .idle = [](const TrainConfig&, const RunFacts& run) -> std::string {
         return run.validation ? "" : "its thresholds are chosen on validation images, and there are none";
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
