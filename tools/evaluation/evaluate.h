// Runs a model over a set of images and writes what it said about each.
#pragma once
#include <filesystem>
#include <functional>

#include "engine/metrics/scores.h"
#include "models/features/feed.h"
#include "tools/run/image_names.h"

namespace graft {

// What the model says of the images of `feed`, `count` samples in their order, batch by batch. next: the first
// sample behind the batch; false from ready() stops it. Returns whether it came to the end.
bool evaluate_batches(const Model& model, Feed& feed, int count,
                      const std::function<bool(std::vector<Prediction> batch, int64_t next)>& ready);

// Predictions of every image of `feed`, `count` samples in their order.
// done(n) is told the progress; false stops it, and what is ready is returned.
std::vector<Prediction> evaluate(const Model& model, Feed& feed, int count,
                                 const std::function<bool(int64_t done)>& done);

// path, label, predicted, a column for each class.
void write_predictions(const std::filesystem::path& csv, const std::vector<Prediction>& predictions,
                       std::span<const Sample> samples, const std::vector<std::string>& classes,
                       const ImageNames& names);

// Which group each prediction is of, as numbers, for measure(); empty if `group_by` is. See groups_of() for
// `folder`.
std::vector<int> group_numbers(const std::vector<Prediction>& predictions, const std::vector<Sample>& samples,
                               const std::filesystem::path& folder, const std::string& group_by);

}  // namespace graft
