// vgg-finetune predict: classes and probabilities of unlabelled images, single files or folders of any size.
#include <algorithm>
#include <optional>
#include <utility>

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/data/walk.h"
#include "models/features/evaluate.h"
#include "tools/commands/answers.h"
#include "tools/commands/data_options.h"
#include "tools/commands/device_options.h"
#include "tools/commands/image_inputs.h"
#include "tools/evaluation/predictor.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/console.h"
#include "tools/terminal/error_list.h"
#include "tools/terminal/interrupt.h"
#include "tools/terminal/progress_line.h"
#include "tools/terminal/terminal.h"
#include "tools/train/data_checks.h"
#include "tools/train/initial_weights.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

// Writes predictions in the requested format to standard output or --out.
class Output {
 public:
  Output(const PredictOptions& o, const std::vector<std::string>& classes) : o_(o), classes_(classes) {}

  void begin(const std::string& model, const std::vector<fs::path>& images) {
    if (!o_.out.empty()) file_.emplace(o_.out, model, images, classes_);
    if (o_.json) print_out("[");
    if (o_.csv && !file_) print_out("{}", csv_header(classes_));
  }
  void add(const Answer& answer) {
    if (!answer.error.empty()) new_errors_.emplace_back(answer.image, answer.error);
    if (o_.json)
      text_ += (std::exchange(first_, false) ? "\n" : ",\n") + json_element(answer, classes_);
    else
      text_ += o_.csv || file_ ? csv_row(answer, classes_) : table_row(answer, classes_, o_.top);
  }
  // Writes out what was added since the last call.
  void flush() {
    for (const auto& [image, error] : new_errors_) errors_.tell(image, error);
    if (file_)
      file_->write(text_);
    else
      print_out("{}", text_), require_output();  // stop if the reader is gone
    text_.clear(), new_errors_.clear();
  }
  void end(bool whole) {
    errors_.end();
    if (o_.json) print_out("\n]\n");
    if (file_ && whole) file_->finish();
  }
  size_t kept() const { return file_ ? file_->kept() : 0; }
  size_t unread() const { return errors_.count() + (file_ ? file_->kept_empty() : 0); }

 private:
  const PredictOptions& o_;
  const std::vector<std::string>& classes_;
  std::optional<AnswersFile> file_;
  std::string text_;
  std::vector<std::pair<fs::path, std::string>> new_errors_;
  ErrorList errors_;
  bool first_ = true;
};

// Predicts the images that `output` does not hold yet, in batches; an unreadable image becomes a row with an
// error. Returns how many of all images are done.
size_t predict(const Predictor& predictor, const PredictOptions& o, const std::vector<fs::path>& images,
               Output& output) {
  std::vector<Sample> samples;
  for (size_t i = output.kept(); i < images.size(); ++i) samples.push_back({images[i], 0});
  if (samples.empty()) return images.size();
  std::optional<ProgressLine> progress;
  if (samples.size() > size_t(o.batch))
    progress.emplace("predict", int64_t(images.size()), ProgressOptions{.first = int64_t(output.kept())});
  size_t answered = 0, next_bad = 0;
  std::vector<BadImage> bad;
  const auto add_unread = [&](size_t until) {
    for (; answered < until; ++answered) {
      while (size_t(bad[next_bad].sample) != answered) ++next_bad;
      output.add({samples[answered].path, {}, bad[next_bad].message});
    }
  };
  const auto ready = [&](std::vector<Prediction> predictions, int64_t next) {
    for (Prediction& p : predictions) {
      add_unread(size_t(p.sample));
      output.add({samples[answered++].path, std::move(p.probs), {}});
    }
    add_unread(size_t(next));
    output.flush();
    if (progress) progress->update(int64_t(output.kept() + answered));
    return !interrupted();
  };
  const bool whole = predictor.predict_files(samples, o.batch, ready, &bad);
  if (whole) add_unread(samples.size());
  output.flush();
  return output.kept() + answered;
}

int run_predict(const PredictOptions& o) {
  std::vector<fs::path> inputs = o.images;
  if (!o.files_from.empty())
    for (fs::path& name : read_file_list(o.files_from)) inputs.push_back(std::move(name));
  catch_interrupts();  // only now: while the list is read, Ctrl-C must stop at once
  if (inputs.empty())
    fail(Fault::usage, "predict needs images: name files or folders, or a list with --files-from");
  const bool folders = std::ranges::any_of(inputs, is_folder);
  const ImageInputs found = find_inputs(inputs, folders ? rules_or_those_of_run(o.rules, o.run) : o.rules);
  const Predictor predictor(o.run, {o.compute, o.precision}, side_console());
  Output output(o, predictor.record().classes);
  const fs::path model = is_folder(o.run) ? o.run / "model.h5" : o.run;
  output.begin(o.out.empty()
                   ? ""
                   : fmt::format("model {}\nprecision {}\ndevice {}\n", sha256_file(model),
                                 name(predictor.device().policy().precision), predictor.device().backend().name),
               found.images);
  if (output.kept())
    print_out("{}: {} rows found, {} to go\n", printable(o.out), output.kept(),
              found.images.size() - output.kept());
  check_depth_of_inputs(found.images, predictor.record().preprocess, side_console());
  const size_t answered = predict(predictor, o, found.images, output);
  const bool whole = answered == found.images.size();
  output.end(whole);
  for (const std::string& error : found.errors) print_error("vgg-finetune: {}\n", error);
  if (!whole) {
    print_error("interrupted: {} of {} images are done{}\n", answered, found.images.size(),
                o.out.empty() ? "" : "; the same command resumes with the rest");
    return 128 + interrupted();
  }
  if (!o.out.empty())
    print_out("{}: {} images{}\n", printable(o.out), answered,
              output.unread() ? fmt::format(", of which {} could not be read", output.unread()) : "");
  if (!found.errors.empty()) return static_cast<int>(Fault::resources);  // folders that the system cannot read
  return output.unread() ? static_cast<int>(Fault::data) : 0;
}

constexpr const char* kAbout = R"(
Folders are searched recursively; hidden files, documents and what the run excluded (--exclude, --only) are skipped.
With --out, an interrupted command resumes when it is repeated. Exit codes: 0 all images predicted, 3 some could not
be read, 5 a folder or file could not be accessed.)";

}  // namespace

void add_predict_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand("predict", "Classify images with a trained model: files, or whole folders");
  auto o = std::make_shared<PredictOptions>();
  c.footer(kAbout);
  c.add_option("RUN", o->run, "run folder, or a model.h5")->required();
  c.add_option("IMAGE", o->images, "image files, or folders of images");
  c.add_option("--files-from", o->files_from,
               "a list with one name per line, in addition to IMAGE (-: standard input)");
  add_data_rules(c, o->rules);
  CLI::Option* json = c.add_flag("--json", o->json, "all probabilities, as JSON");
  c.add_flag("--csv", o->csv, "all probabilities, as CSV")->excludes(json);
  c.add_option("--out", o->out, "write the CSV to this file, batch by batch; resumes an unfinished one")
      ->excludes(json);
  c.add_option("--top", o->top, "classes shown per image")->capture_default_str()->check(CLI::Range(1, 100000));
  c.add_option("--batch", o->batch, "batch size")->capture_default_str()->check(CLI::Range(1, 65536));
  add_precision_option(c, o->precision, "f32, tf32 or bf16 (default: that of the model's training)");
  add_compute_options(c, o->compute);
  c.callback([o, &exit_code] { exit_code = run_predict(*o); });
}

}  // namespace graft
