// vgg-finetune split: writes a folder of images as train, val and test, or as folds, with a manifest. The source
// is only read and nothing is overwritten; the new folder appears once it is complete.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "engine/base/atomic_file.h"
#include "engine/base/csv.h"
#include "engine/base/printable.h"
#include "engine/base/system_advice.h"
#include "engine/base/unique_fd.h"
#include "engine/data/split.h"
#include "engine/data/walk.h"
#include "engine/tables/manifest.h"
#include "kernels/api/error.h"
#include "tools/commands/data_options.h"
#include "tools/commands/options.h"
#include "tools/options/advice.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/interrupt.h"
#include "tools/terminal/progress_line.h"
#include "tools/terminal/terminal.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

// A data folder to write: the part of each image, as an index into `names`.
struct Target {
  fs::path folder;  // relative to --out; empty: --out itself
  std::vector<std::string> names;
  std::vector<int> part;
};

std::vector<Target> make_targets(const SplitPlan& plan, const SplitOptions& o) {
  std::vector<Target> targets;
  for (int fold = 0; fold < o.folds; ++fold) {
    Target target{fmt::format("fold{}", fold + 1), {"train", "val"}, {}};
    for (const PlannedImage& image : plan.images) target.part.push_back(image.part == fold ? 1 : 0);
    targets.push_back(std::move(target));
  }
  if (o.folds) return targets;
  Target target{"", {"train"}, {}};
  if (o.val > 0) target.names.push_back("val");
  if (o.test > 0) target.names.push_back("test");
  for (const PlannedImage& image : plan.images) target.part.push_back(image.part);
  return {target};
}

std::vector<double> shares_of(const SplitOptions& o) {
  if (o.folds) return std::vector<double>(static_cast<size_t>(o.folds), 1.0 / o.folds);
  if (o.val + o.test >= 1 || o.val + o.test <= 0)
    fail(Fault::usage, "--val {} and --test {}: each from 0 to 1, together above 0 and below 1", o.val, o.test);
  std::vector<double> shares = {1 - o.val - o.test};
  if (o.val > 0) shares.push_back(o.val);
  if (o.test > 0) shares.push_back(o.test);
  return shares;
}

bool is_inside(const fs::path& inner, const fs::path& outer) {
  const auto [o, i] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return o == outer.end();
}

void check_out(const fs::path& out, const fs::path& data) {
  if (fs::exists(fs::symlink_status(out)))
    fail(Fault::usage, "{}: already exists; name another folder, or remove it first", printable(out));
  const fs::path real_data = fs::weakly_canonical(data), real_out = fs::weakly_canonical(out);
  if (is_inside(real_out, real_data) || is_inside(real_data, real_out))
    fail(Fault::usage, "{}: contains {} or lies inside it; choose a folder elsewhere", printable(out),
         printable(data));
}

void place(const fs::path& source, const fs::path& target, const std::string& how) {
  fs::create_directories(target.parent_path());
  if (how == "copy")
    fs::copy_file(source, target);
  else if (how == "hardlink")
    fs::create_hard_link(fs::canonical(source), target);
  else
    fs::create_symlink(fs::canonical(source), target);
}

std::string manifest(const Target& target, const std::vector<PlannedImage>& images) {
  std::string csv = fmt::format("{}\n", kManifestHeader);
  for (size_t i = 0; i < images.size(); ++i) {
    const PlannedImage& image = images[i];
    const std::string& split = target.names[target.part[i]];
    csv += fmt::format("{},{},{},{},{},{}\n", csv_field((split / fs::path(image.class_name) / image.name).string()),
                       csv_field(image.relative), csv_field(image.class_name), csv_field(image.group), split,
                       image.digest);
  }
  return csv;
}

// False: interrupted.
bool write_targets(const fs::path& folder, const std::vector<Target>& targets, const SplitPlan& plan,
                   const std::string& how) {
  ProgressLine progress("split", int64_t(targets.size() * plan.images.size()));
  int64_t done = 0;
  for (const Target& target : targets) {
    for (size_t i = 0; i < plan.images.size(); ++i) {
      const PlannedImage& image = plan.images[i];
      place(image.source, folder / target.folder / target.names[target.part[i]] / image.class_name / image.name,
            how);
      progress.update(++done);
      if (interrupted()) return false;
    }
    write_file(folder / target.folder / "manifest.csv", manifest(target, plan.images));
  }
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::syncfs(fd.get()) != 0)
    fail(Fault::resources, "{}: cannot be written to the disk", printable(folder));
  return true;
}

// Returns the end of an error message if the removal fails, for example when no more files may be opened.
std::string discard(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  return error ? fmt::format("; {} is left over: remove it", printable(folder)) : "";
}

const char* what_to_do(const std::error_code& why, const std::string& how) {
  if (how == "hardlink" && why == std::errc::cross_device_link)
    return "hard links cannot cross file systems: try --how copy";
  if (how != "copy" && why == std::errc::operation_not_permitted)
    return "that file system does not support links: try --how copy";
  if (how == "copy" && why == std::errc::no_space_on_device)
    return "free some space, or try --how hardlink or symlink, which take none";
  return system_advice(why.value(), "choose another --out");
}

bool write_whole(const fs::path& out, const std::vector<Target>& targets, const SplitPlan& plan,
                 const std::string& how) {
  const fs::path partial = fs::path(out).concat(".partial");
  if (!fs::exists(out.parent_path()))
    fail(Fault::resources, "{}: its parent folder does not exist; create {} first", printable(out),
         printable(out.parent_path()));
  if (fs::exists(fs::symlink_status(partial)))
    fail(Fault::usage, "{}: left over from a split that was cut short; remove it first, or choose another --out",
         printable(partial));
  try {
    fs::create_directory(partial);
    if (!write_targets(partial, targets, plan, how)) return discard(partial), false;
    fs::rename(partial, out);
  } catch (const fs::filesystem_error& e) {
    fail(Fault::resources, "{}: cannot be written: {}; {}{}", printable(e.path2().empty() ? e.path1() : e.path2()),
         e.code().message(), what_to_do(e.code(), how), discard(partial));
  } catch (...) {
    discard(partial);
    throw;
  }
  return true;
}

void print_target(const Target& target, const SplitPlan& plan) {
  std::vector<std::vector<int>> counts(target.names.size(), std::vector<int>(plan.classes.size(), 0));
  for (size_t i = 0; i < plan.images.size(); ++i) {
    const auto c = std::ranges::lower_bound(plan.classes, plan.images[i].class_name) - plan.classes.begin();
    ++counts[target.part[i]][c];
  }
  for (size_t p = 0; p < target.names.size(); ++p) {
    int sum = 0;
    std::string text, none;
    for (size_t c = 0; c < plan.classes.size(); ++c) {
      sum += counts[p][c];
      text += fmt::format("{}{} {}", c ? ", " : "", printable(plan.classes[c]), counts[p][c]);
      if (counts[p][c] == 0) none += (none.empty() ? "" : ", ") + printable(plan.classes[c]);
    }
    print_out("{}{}{}: {} ({})\n", target.folder.string(), target.folder.empty() ? "" : "/", target.names[p], sum,
              text);
    if (!none.empty()) print_out("warning: {} has no images of {}: too few groups\n", target.names[p], none);
  }
}

int run_split(const SplitOptions& o) {
  catch_interrupts();
  const std::vector<double> shares = shares_of(o);
  const auto clean = [](const fs::path& path) {
    const fs::path normal = fs::absolute(path).lexically_normal();
    return normal.has_filename() ? normal : normal.parent_path();
  };
  const fs::path data = clean(o.data), out = clean(o.out);
  require_folder(data);
  check_out(out, data);
  std::optional<ProgressLine> reading;
  const SplitPlan plan = plan_split(data, o.rules, o.group_by, shares, o.seed, [&](int64_t done, int64_t of) {
    if (!reading) reading.emplace("reading images", of);
    reading->update(done);
  });
  reading.reset();
  for (const Note& note : plan.notes) print_note("{}", with_advice(note));
  for (const Note& warning : plan.warnings) print_out("warning: {}\n", with_advice(warning));
  if (plan.was_split) print_info("{} is already split: its images are pooled and split again\n", printable(data));
  if (plan.copies) print_info("{} images are copies of others and stay with the original\n", plan.copies);
  const std::vector<Target> targets = make_targets(plan, o);
  int shared = 0;
  for (const Target& target : targets) {
    print_target(target, plan);
    shared += shared_groups(plan.images, target.part);
  }
  require(shared == 0, "split: {} groups are shared", shared);
  print_out("{} images in {} groups{}; seed {}: 0 groups shared between the parts{}\n", plan.images.size(),
            plan.groups, o.group_by.empty() ? " (one per image, except copies)" : "", o.seed,
            o.folds ? " of a fold" : "");
  if (o.group_by.empty()) print_note("without --group-by, images of one patient may be in several parts");
  if (o.dry_run) return 0;
  if (!write_whole(out, targets, plan, o.how)) return 128 + interrupted();
  print_out("{}: written ({}), with {}\n", printable(out), o.how, o.folds ? "fold*/manifest.csv" : "manifest.csv");
  return 0;
}

}  // namespace

void add_split_command(CLI::App& app, int& exit_code) {
  CLI::App& c =
      *app.add_subcommand("split", "Divide images into train, val and test (or folds) without splitting patients");
  auto o = std::make_shared<SplitOptions>();
  c.add_option("DATA", o->data,
               "folder of classes, of splits (which are pooled), or of images with --labels; never modified")
      ->required();
  c.add_option("--out", o->out, "folder to create; it must not exist")->required();
  add_data_rules(c, o->rules), add_labels(c, o->rules);
  c.add_option("--val", o->val, "fraction of the images for validation")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  c.add_option("--test", o->test, "fraction of the images for the test")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  c.add_option("--folds", o->folds, "k folds instead: OUT/fold1 ... with train and val")
      ->check(CLI::Range(2, 1000));
  c.add_option("--group-by", o->group_by,
               "which images stay together (a patient): a regular expression on the path below the class folder, "
               "as in '^([^_]+)_', or a table: FILE[:IMAGE_COLUMN,GROUP_COLUMN]");
  c.add_option("--seed", o->seed, "the same seed gives the same parts")->capture_default_str();
  c.add_option("--how", o->how, "copy; hardlink (takes no space, but changes affect both files); or symlink")
      ->capture_default_str()
      ->check(CLI::IsMember({"copy", "hardlink", "symlink"}));
  c.add_flag("--dry-run", o->dry_run, "print the parts, write nothing");
  c.callback([o, &c, &exit_code] {
    for (const char* share : {"--val", "--test"})
      if (o->folds && *c.get_option(share))
        fail(Fault::usage,
             "{} would have no effect: each of the --folds {} serves as val once; leave one of them out", share,
             o->folds);
    exit_code = run_split(*o);
  });
}

}  // namespace graft
