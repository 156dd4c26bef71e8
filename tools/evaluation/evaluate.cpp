#include "tools/evaluation/evaluate.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <unordered_map>

#include "engine/audit/leaks.h"
#include "engine/base/atomic_file.h"
#include "engine/base/csv.h"

namespace graft {

bool evaluate_batches(const Model& model, Feed& feed, int count,
                      const std::function<bool(std::vector<Prediction>, int64_t)>& ready) {
  std::vector<int> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  feed.start(std::move(order));
  for (FeedBatch batch; feed.next(batch);) {
    Tape tape(Tape::Recording::off);
    const Tensor logits = model.forward(tape, {batch.x}, feed.first_layer(), model.depth()).value;
    feed.prefetch();
    const int64_t n = logits.shape()[0], classes = logits.shape()[1];
    Tensor probs;
    const std::vector<float> loss =
        softmax_loss(tape, {logits}, Tensor::from_host(logits.device(), {n}, std::span(batch.labels)), &probs)
            .value.to_host();
    const std::vector<float> p = probs.to_host(), z = logits.to_host();
    std::vector<Prediction> predictions;
    for (int64_t i = 0, at = 0; i < n; ++i, at += classes)
      predictions.push_back({batch.samples[i],
                             batch.labels[i],
                             loss[i],
                             {p.begin() + at, p.begin() + at + classes},
                             {z.begin() + at, z.begin() + at + classes}});
    if (!ready(std::move(predictions), batch.next) && batch.next < count) return false;
  }
  return true;
}

std::vector<Prediction> evaluate(const Model& model, Feed& feed, int count,
                                 const std::function<bool(int64_t)>& done) {
  std::vector<Prediction> all;
  evaluate_batches(model, feed, count, [&](std::vector<Prediction> batch, int64_t next) {
    std::ranges::move(batch, std::back_inserter(all));
    return done(next);
  });
  return all;
}

std::vector<int> group_numbers(const std::vector<Prediction>& predictions, const std::vector<Sample>& samples,
                               const std::filesystem::path& folder, const std::string& group_by) {
  if (group_by.empty()) return {};
  const std::vector<std::string> groups = groups_of(samples, folder, GroupBy(group_by));
  std::unordered_map<std::string, int> number;
  std::vector<int> numbers;
  for (const Prediction& p : predictions)
    numbers.push_back(number.emplace(groups[size_t(p.sample)], int(number.size())).first->second);
  return numbers;
}

void write_predictions(const std::filesystem::path& csv, const std::vector<Prediction>& predictions,
                       std::span<const Sample> samples, const std::vector<std::string>& classes,
                       const ImageNames& names) {
  std::string text = "path,label,predicted";
  for (const std::string& c : classes) text += "," + csv_field(c);
  text += "\n";
  for (const Prediction& p : predictions) {
    text += csv_field(names.of(samples[size_t(p.sample)])) + "," + csv_field(classes[p.label]) + "," +
            csv_field(classes[p.predicted()]);
    for (float prob : p.probs) text += fmt::format(",{:.9g}", prob);
    text += "\n";
  }
  write_file(csv, text);
}

}  // namespace graft
