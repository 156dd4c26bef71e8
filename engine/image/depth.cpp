#include "engine/image/depth.h"

#include <algorithm>
#include <array>
#include <thread>

#include "engine/base/parse_number.h"
#include "engine/base/printable.h"
#include "engine/base/threads.h"
#include "engine/image/image_formats.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

namespace fs = std::filesystem;
constexpr int kFewShades = 64, kValuesAShade = 4;
constexpr size_t kSample = 200;  // images decoded before training
constexpr double kMinOfTop = 0.5, kMinSpan = 0.25;
constexpr double kWorthALine = 0.1;  // share of flat images above which the set is worth a line

// Where the values end if the smaller part beyond the widest gap is left out.
// The gap has to be wider than the range of the remaining values, and than a
// third of the visible range: nothing that belongs to the image lies so far off.
void find_body(const std::vector<int>& values, Depth& d) {
  d.body_low = values.front(), d.body_high = values.back();
  size_t behind = 0;
  int widest = 0;
  for (size_t i = 1; i < values.size(); ++i)
    if (values[i] - values[i - 1] > widest) widest = values[i] - values[i - 1], behind = i;
  if (behind == 0) return;
  const bool upper = values.size() - behind > behind;
  const int low = upper ? values[behind] : values.front(), high = upper ? values.back() : values[behind - 1];
  if (widest > high - low && widest > (d.seen.high - d.seen.low) / 3) d.body_low = low, d.body_high = high;
  // Small numbers of both signs form two clusters at the ends of 16 bits; a marker has few values.
  constexpr int kEnd = 256, kMinGap = 1 << 14;
  constexpr size_t kCluster = 16;
  d.wrapped = widest >= kMinGap && values.front() <= kEnd && values.back() >= 65535 - kEnd &&
              std::min(behind, values.size() - behind) >= kCluster && values[behind] >= 1 << 15 &&
              values[behind - 1] < 1 << 15;
}

// Judged by its first bytes. A file that is no longer an image is reported by its next reader.
bool is_deep(const fs::path& path) {
  constexpr size_t kHeader = 512;
  try {
    const std::vector<uint8_t> first = read_image_file(path, printable(path), kHeader);
    const Decoder* decoder = sniff(first).decoder;
    return decoder && decoder->max_bits > 8 && decoder->header(first).bits > 8;
  } catch (const Error& e) {
    if (e.fault() != Fault::data) throw;
    return false;
  }
}

// The levels that make the values from low to high visible.
Advice levels_for(int low, int high) {
  int bits = 9;
  while ((1 << bits) - 1 < high) ++bits;
  if (high > 255 && bits < 16 && 4 * (high - low) >= 1 << bits) return Advice{"deep-bits", {std::to_string(bits)}};
  return high > low ? Advice{"deep-range", {std::to_string(low), std::to_string(high)}} : Advice{};
}

std::vector<fs::path> sample_of_deep(const std::vector<fs::path>& files, size_t& count) {
  std::vector<fs::path> deep, sample;
  for (const fs::path& file : files)
    if (is_deep(file)) deep.push_back(file);
  count = deep.size();
  const size_t taken = std::min(deep.size(), kSample);
  for (size_t i = 0; i < taken; ++i) sample.push_back(deep[i * deep.size() / taken]);
  return sample;
}

// Only readable files; training will report the others.
std::vector<Depth> depths_of(const std::vector<fs::path>& files, const std::optional<Levels>& levels) {
  std::vector<std::optional<Depth>> found(files.size());
  const int threads = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 8u));
  parallel_for(files.size(), threads, [&](size_t i) {
    try {
      const std::string name = printable(files[i]);
      DeepValues values;
      decode_image(read_image_file(files[i], name), name, {.levels = levels, .values = &values});
      if (!values.count.empty()) found[i] = depth_of(values, levels);
    } catch (const Error& e) {
      if (e.fault() != Fault::data) throw;
    }
    return true;
  });
  std::vector<Depth> depths;
  for (const auto& depth : found)
    if (depth) depths.push_back(*depth);
  return depths;
}

}  // namespace

bool Depth::flat() const { return shades <= kFewShades && values >= kValuesAShade * shades; }

Depth depth_of(const DeepValues& deep, const std::optional<Levels>& levels) {
  Depth d;
  d.seen = levels.value_or(Levels{0, deep.top});
  std::vector<int> values;
  std::array<bool, 256> shades{};
  uint64_t all = 0, outside = 0;
  for (int v = 0; v < static_cast<int>(deep.count.size()); ++v) {
    const uint32_t count = deep.count[static_cast<size_t>(v)];
    if (count == 0) continue;
    values.push_back(v);
    const int shade = levels || deep.top < 65535 ? to_eight_bits(v, d.seen) : v >> 8;
    shades[static_cast<size_t>(shade)] = true;
    if (values.size() == 1) d.darkest = shade;
    d.brightest = shade;
    all += count;
    if (v < d.seen.low || v > d.seen.high) outside += count;
  }
  d.low = values.front(), d.high = values.back();
  find_body(values, d);
  d.values = static_cast<int>(values.size()), d.shades = static_cast<int>(std::ranges::count(shades, true));
  d.cut_off = static_cast<double>(outside) / static_cast<double>(all);
  return d;
}

DepthVerdict judge(std::span<const Depth> depths) {
  DepthVerdict verdict;
  double least = 1, most = 0;                                             // of the visible range
  const auto one_value = [](const Depth& d) { return d.low == d.high; };  // which says nothing about the range
  for (const Depth& d : depths) {
    verdict.cut_off += d.cut_off > 0, verdict.most_cut_off = std::max(verdict.most_cut_off, d.cut_off);
    if (one_value(d)) continue;
    const double range = d.seen.high - d.seen.low;
    least = std::min(least, std::max(0.0, (d.low - d.seen.low) / range));
    most = std::max(most, std::min(1.0, (d.high - d.seen.low) / range));
  }
  const bool all = most < kMinOfTop || most - least < kMinSpan;
  int low = 65535, high = 0, others = 0;
  for (size_t i = 0; i < depths.size(); ++i) {
    const Depth& d = depths[i];
    if (one_value(d)) continue;
    verdict.wrapped += d.wrapped;
    if (!all && !d.flat() && !d.wrapped) {
      others = std::max(others, d.body_high);
      continue;
    }
    verdict.flat.push_back(i);
    low = std::min(low, d.body_low), high = std::max(high, d.body_high);
  }
  // A range that suits these must not clip the others.
  if (!verdict.flat.empty() && others <= high && verdict.wrapped == 0) verdict.mend = levels_for(low, high);
  return verdict;
}

std::optional<Levels> parse_levels(int bits, const std::string& range) {
  if (bits > 0) return Levels{0, (1 << bits) - 1};
  if (range.empty()) return {};
  const size_t comma = std::min(range.find(','), range.size() - 1);  // without one, `high` is empty: no number
  const auto low = parse_number(std::string_view(range).substr(0, comma), 0, 65535);
  const auto high = parse_number(std::string_view(range).substr(comma + 1), 0, 65535);
  if (!low || !high || *low >= *high)
    fail(Fault::usage,
         "'{}' is no range: it takes two whole numbers of 0 to 65535, the smaller first, as in 0,4095", range);
  return Levels{*low, *high};
}

std::string describe_values(int low, int high, int body_low, int body_high) {
  if (low == body_low && high == body_high) return fmt::format("values of {} to {}", low, high);
  return fmt::format("values of {} to {} (apart from a few pixels far off, with up to {})", body_low, body_high,
                     high > body_high ? high : low);
}

namespace {

Note describe_flat(const std::vector<Depth>& depths, const DepthVerdict& verdict, const std::string& of,
                   bool trained) {
  Depth all = depths[verdict.flat[0]];
  for (const size_t i : verdict.flat) {
    const Depth& d = depths[i];
    all.low = std::min(all.low, d.low), all.high = std::max(all.high, d.high);
    all.body_low = std::min(all.body_low, d.body_low), all.body_high = std::max(all.body_high, d.body_high);
    all.darkest = std::min(all.darkest, d.darkest), all.brightest = std::max(all.brightest, d.brightest);
  }
  if (verdict.wrapped > 0)
    return fmt::format("{} of {} have values at both ends of 16 bits: {}", verdict.wrapped, of, kWrapped);
  const Advice advice = trained ? Advice{} : verdict.mend;
  const char* const remark =
      trained
          ? ": right only if the model was trained on images that were stored alike; else scale these as those were"
      : advice.key.empty() ? ": export them again with the range that the others have"
                           : "";
  const bool few_far = all.low != all.body_low || all.high != all.body_high;
  const std::string seen = few_far ? ", of which little is seen"
                                   : fmt::format(", which become only {} to {} of 255", all.darkest, all.brightest);
  return {fmt::format("{} of {} have {}{}{}", verdict.flat.size(), of,
                      describe_values(all.low, all.high, all.body_low, all.body_high), seen, remark),
          advice};
}

}  // namespace

Note depth_warning(const std::vector<fs::path>& files, const std::optional<Levels>& levels, bool trained) {
  size_t count = 0;
  const std::vector<fs::path> sample = sample_of_deep(files, count);
  const std::vector<Depth> depths = depths_of(sample, levels);
  if (depths.empty()) return {};
  const DepthVerdict verdict = judge(depths);
  const std::string of = fmt::format("{} images of more than 8 bits{}", depths.size(),
                                     sample.size() < count ? fmt::format(" (a sample of {})", count) : "");
  Note warning;
  if (static_cast<double>(verdict.flat.size()) >= kWorthALine * static_cast<double>(depths.size()))
    warning = describe_flat(depths, verdict, of, trained);
  if (verdict.cut_off > 0 && levels)
    warning.text +=
        fmt::format("{}{} of {} have values outside of {} to {}, which are cut off (up to {:.1f} % of one)",
                    warning.text.empty() ? "" : "; ", verdict.cut_off, of, levels->low, levels->high,
                    100 * verdict.most_cut_off);
  return warning;
}

}  // namespace graft
