#include "tools/feed.h"

#include <algorithm>
#include <numeric>

namespace graft {
namespace {

Shape batch_shape(const Shape& one, int64_t n) {
  switch (one.rank()) {
    case 1:
      return {n, one[0]};
    case 3:
      return {n, one[0], one[1], one[2]};
  }
  fail(Fault::bug, "no batch of {}", one.str());
}

}  // namespace

Feed::Feed(Device& device, const Vgg& model, std::span<const Sample> samples, const Preprocess& preprocess,
           FeedOptions options)
    : device_(device), model_(model), samples_(samples), preprocess_(preprocess), options_(options) {}

int64_t Feed::cache_bytes(const Vgg& model, int boundary, int64_t images) {
  return model.input_shape(boundary).size() * 4 * images;
}

void Feed::fill_cache(const std::function<bool(int64_t)>& done) {
  std::vector<int> all(samples_.size());
  std::iota(all.begin(), all.end(), 0);
  const Tensor rows =
      Tensor::empty(device_, batch_shape(model_.input_shape(options_.boundary), int64_t(all.size())));
  std::vector<int> row_of(all.size(), -1);
  start(std::move(all));
  int row = 0;
  for (FeedBatch batch; next(batch);) {
    const int n = int(batch.samples.size());
    rows.slice0(row, row + n).copy_from(batch.x);
    for (int sample : batch.samples) row_of[sample] = row++;
    if (!done(batch.next)) return;
  }
  cache_ = rows;
  row_of_ = std::move(row_of);
}

void Feed::start(std::vector<int> order, int64_t position) {
  order_ = std::move(order);
  position_ = position;
  waited_ = waited_seconds();
  loader_.reset();
  if (cache_.defined()) return;
  loader_ = std::make_unique<Loader>(samples_, std::vector<int>(order_.begin() + position, order_.end()),
                                     options_.batch, preprocess_, options_.loader);
}

bool Feed::next(FeedBatch& batch) { return cache_.defined() ? next_cached(batch) : next_images(batch); }

bool Feed::next_images(FeedBatch& batch) {
  const bool more = loader_->next(images_);
  note_bad_images();
  if (!more) return false;
  batch.labels = images_.labels;
  batch.samples = images_.samples;
  // A batch of bad images only was passed over: count from where this batch's first sample stands.
  while (order_[position_] != batch.samples.front()) ++position_;
  position_ = position_ / options_.batch * options_.batch;
  batch.next = position_ = std::min<int64_t>(position_ + options_.batch, int64_t(order_.size()));
  const int size = preprocess_.size;
  const Tensor x =
      prepare(device_, Tensor::from_host(device_, {images_.n, size, size, 3}, std::span(images_.rgb)), preprocess_);
  batch.x = frozen_output(x);
  return true;
}

Tensor Feed::frozen_output(const Tensor& x) const {
  if (options_.boundary == 0) return x;
  // A few images at a time: the first activations of a large batch fit no cache and half a gigabyte of fresh
  // memory.
  constexpr int64_t kImages = 8;
  const int64_t n = x.shape()[0];
  const Tensor y = Tensor::empty(device_, batch_shape(model_.input_shape(options_.boundary), n));
  for (int64_t begin = 0; begin < n; begin += kImages) {
    const int64_t end = std::min(begin + kImages, n);
    Tape tape(Tape::Recording::off);
    y.slice0(begin, end).copy_from(model_.forward(tape, {x.slice0(begin, end)}, 0, options_.boundary).value);
  }
  return y;
}

bool Feed::next_cached(FeedBatch& batch) {
  batch.labels.clear(), batch.samples.clear();
  std::vector<int> rows;
  const int64_t size = int64_t(order_.size());
  while (position_ < size && rows.empty()) {
    const int64_t end = std::min(position_ + options_.batch, size);
    for (; position_ < end; ++position_) {
      const int sample = order_[position_];
      if (row_of_[sample] < 0) continue;
      rows.push_back(row_of_[sample]);
      batch.samples.push_back(sample);
      batch.labels.push_back(samples_[sample].label);
    }
  }
  if (rows.empty()) return false;
  batch.next = position_;
  batch.x = Tensor::empty(device_, cache_.shape().with0(int64_t(rows.size())));
  for (int64_t i = 0; i < int64_t(rows.size()); ++i)
    batch.x.slice0(i, i + 1).copy_from(cache_.slice0(rows[i], rows[i] + 1));
  return true;
}

void Feed::note_bad_images() {
  for (const BadImage& bad : loader_->bad_images()) {
    const auto same = [&](const BadImage& b) { return b.sample == bad.sample; };
    if (std::none_of(bad_images_.begin(), bad_images_.end(), same)) bad_images_.push_back(bad);
  }
}

double Feed::waited_seconds() const { return waited_ + (loader_ ? loader_->waited_seconds() : 0); }

}  // namespace graft
