// vgg-finetune predict: classes and probabilities of single images.
#include <CLI/CLI.hpp>
#include <numeric>

#include "engine/data/printable.h"
#include "tools/compute.h"
#include "tools/evaluate.h"
#include "tools/setup.h"

namespace graft {
namespace {

struct Answer {
  std::filesystem::path image;
  std::vector<float> probs;  // empty: the image could not be read
  std::string error;
  std::vector<int> ranked() const {
    std::vector<int> order(probs.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return probs[a] > probs[b]; });
    return order;
  }
};

// Images in batches; one that cannot be read is an answer with an error.
std::vector<Answer> predict(const TrainedModel& trained, Device& device, Precision precision,
                            const PredictOptions& o) {
  std::vector<Sample> samples;
  for (const auto& image : o.images) samples.push_back({image, 0});
  std::vector<Answer> answers(samples.size());
  for (size_t i = 0; i < samples.size(); ++i) answers[i].image = o.images[i];
  FrozenTrunk trunk(device, *trained.model, frozen_layers(*trained.model, trained.record, precision), precision);
  Feed feed(trunk, samples, trained.record.preprocess, {.batch = o.batch});
  for (Prediction& p : evaluate(*trained.model, feed, int(samples.size()), [](int64_t) { return true; }))
    answers[p.sample].probs = std::move(p.probs);
  for (const BadImage& bad : feed.bad_images()) answers[bad.sample].error = bad.message;
  return answers;
}

void print_table(const std::vector<Answer>& answers, const std::vector<std::string>& classes, int top) {
  for (const Answer& a : answers) {
    fmt::print("{}", printable(a.image));
    if (a.probs.empty()) {
      fmt::print("  -\n");
      continue;
    }
    const std::vector<int> ranked = a.ranked();
    for (int i = 0; i < std::min(top, int(ranked.size())); ++i)
      fmt::print("  {} {:.4f}", printable(classes[ranked[i]]), a.probs[ranked[i]]);
    fmt::print("\n");
  }
}

void print_json(const std::vector<Answer>& answers, const std::vector<std::string>& classes) {
  nlohmann::json list = nlohmann::json::array();
  for (const Answer& a : answers) {
    nlohmann::json one = {{"image", printable(a.image)}};
    if (a.probs.empty()) {
      one["error"] = a.error;
    } else {
      one["predicted"] = classes[a.ranked()[0]];
      for (size_t c = 0; c < classes.size(); ++c) one["probabilities"][classes[c]] = a.probs[c];
    }
    list.push_back(std::move(one));
  }
  fmt::print("{}", dump(list));
}

void print_csv(const std::vector<Answer>& answers, const std::vector<std::string>& classes) {
  fmt::print("image,predicted");
  for (const std::string& c : classes) fmt::print(",{}", csv_field(c));
  fmt::print("\n");
  for (const Answer& a : answers) {
    fmt::print("{},{}", csv_field(a.image.string()), a.probs.empty() ? "" : csv_field(classes[a.ranked()[0]]));
    for (size_t c = 0; c < classes.size(); ++c)
      fmt::print(",{}", a.probs.empty() ? "" : fmt::format("{:.9g}", a.probs[c]));
    fmt::print("\n");
  }
}

int run_predict(const PredictOptions& o) {
  Backend& backend = open_backend(o.compute);
  Device device(backend);
  const TrainedModel trained = load_trained(o.run, device);
  const Precision precision = o.precision.empty() ? trained.record.precision : parse_precision(o.precision);
  want_precision(backend, precision);
  const std::vector<Answer> answers = predict(trained, device, precision, o);
  const std::vector<std::string>& classes = trained.record.classes;
  if (o.json)
    print_json(answers, classes);
  else if (o.csv)
    print_csv(answers, classes);
  else
    print_table(answers, classes, o.top);
  bool all_read = true;
  for (const Answer& a : answers)
    if (!a.error.empty()) fmt::print(stderr, "vgg-finetune: {}\n", a.error), all_read = false;
  return all_read ? 0 : static_cast<int>(Fault::data);
}

}  // namespace

void add_predict_command(CLI::App& app, int& exit_code) {
  CLI::App& c = *app.add_subcommand("predict", "Classify single images with a trained model");
  auto o = std::make_shared<PredictOptions>();
  c.add_option("RUN", o->run, "run folder, or a model.h5")->required();
  c.add_option("IMAGE", o->images, "image files")->required();
  CLI::Option* json = c.add_flag("--json", o->json, "all probabilities, as JSON");
  c.add_flag("--csv", o->csv, "all probabilities, as CSV")->excludes(json);
  c.add_option("--top", o->top, "classes shown for each image")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  c.add_option("--batch", o->batch, "images in a batch")->capture_default_str()->check(CLI::Range(1, 65536));
  add_precision_option(c, o->precision, "f32, tf32 or bf16 (default: as the model was trained)");
  add_compute_options(c, o->compute);
  c.callback([o, &exit_code] { exit_code = run_predict(*o); });
}

}  // namespace graft
