// A ring of batches. Workers take images one after the other in the order of the pass and write each to its place
// in its batch; the consumer takes whole batches in order and closes the gaps left by bad images. A worker waits if
// the batch of its next image is more than `prefetch` ahead, so memory is bounded.
#include "engine/data/loader.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_set>

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/image/image_formats.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

struct Slot {
  std::vector<uint8_t> rgb;
  std::vector<std::exception_ptr> errors;  // per image; null: it is good
  size_t missing = 0;                      // number of images that are not done
};

[[noreturn]] void fail_changed(const std::filesystem::path& path, const std::string& how) {
  fail(Fault::data,
       "{}: it was {} since this command first read it, so the images are not those that it began with; "
       "restore the file and repeat the command (a training run can be resumed)",
       printable(path), how);
}

// The image of the sample, checked against its digest if it has one.
Image read_sample(const Sample& sample, const Preprocess& preprocess) {
  if (sample.digest.empty()) return read_image(sample.path, preprocess);
  const std::string name = printable(sample.path);
  std::vector<uint8_t> bytes;
  try {
    bytes = read_image_file(sample.path, name);
  } catch (const Error& e) {
    if (e.fault() != Fault::data) throw;
    fail_changed(sample.path, "removed");
  }
  if (sha256(std::as_bytes(std::span(bytes))) != sample.digest) fail_changed(sample.path, "changed");
  return fit_image(decode_image(bytes, name, decode_options(preprocess)), preprocess);
}

int thread_count(int asked) {
  return asked > 0 ? asked : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace

struct Loader::State {
  std::span<const Sample> samples;
  std::vector<int> order;
  size_t batch, image_bytes, batches;
  Preprocess preprocess;
  LoaderOptions options;

  std::mutex mutex;
  std::condition_variable room, done;  // for workers: a batch was taken; for the consumer: one is complete
  std::vector<Slot> ring;              // batch b is in ring[b % size]
  size_t next_image = 0;               // position in `order` of the next image to decode
  size_t taken = 0;                    // batches taken by the consumer
  bool stopping = false;

  std::vector<BadImage> bad;
  std::unordered_set<int> bad_samples;
  std::exception_ptr failure;
  double waited = 0;
  std::vector<std::jthread> workers;  // last: joined before the rest goes

  ~State() {
    const std::lock_guard lock(mutex);
    stopping = true;
    room.notify_all();
  }

  Slot& slot_of(size_t b) { return ring[b % ring.size()]; }

  void start_batch(size_t b) {
    if (b >= batches) return;
    Slot& slot = slot_of(b);
    slot.missing = std::min(batch, order.size() - b * batch);
    slot.rgb.resize(slot.missing * image_bytes);
    slot.errors.assign(slot.missing, nullptr);
  }

  void work() {
    std::unique_lock lock(mutex);
    for (;;) {
      room.wait(lock,
                [&] { return stopping || next_image == order.size() || next_image / batch < taken + ring.size(); });
      if (stopping || next_image == order.size()) return;
      const size_t at = next_image++, i = at % batch;
      Slot& slot = slot_of(at / batch);
      uint8_t* place = slot.rgb.data() + i * image_bytes;
      lock.unlock();
      std::exception_ptr error = decode_to(order[at], place);
      lock.lock();
      slot.errors[i] = std::move(error);
      if (--slot.missing == 0) done.notify_one();
    }
  }

  std::exception_ptr decode_to(int sample, uint8_t* place) const {
    try {
      Image image = read_sample(samples[static_cast<size_t>(sample)], preprocess);
      if (options.augment.random())
        image = apply_view(image, draw_view(options.augment, options.seed, options.view_set, uint64_t(sample)),
                           options.augment.fill);
      std::memcpy(place, image.rgb.data(), image_bytes);
      return nullptr;
    } catch (...) {
      return std::current_exception();
    }
  }

  // Moves the good images of batch `taken` to `out`. Only data errors are the image's own fault.
  void hand_over(Slot& slot, Batch& out) {
    out.n = 0;
    out.labels.clear();
    out.samples.clear();
    for (size_t i = 0; i < slot.errors.size(); ++i) {
      const int sample = order[taken * batch + i];
      if (slot.errors[i]) {
        skip(sample, slot.errors[i]);
        continue;
      }
      const auto n = static_cast<size_t>(out.n++);
      if (n != i) std::memcpy(&slot.rgb[n * image_bytes], &slot.rgb[i * image_bytes], image_bytes);
      out.labels.push_back(samples[static_cast<size_t>(sample)].label);
      out.samples.push_back(sample);
    }
    slot.rgb.resize(static_cast<size_t>(out.n) * image_bytes);
    std::swap(out.rgb, slot.rgb);
  }

  void skip(int sample, const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const Error& e) {
      if (e.fault() != Fault::data || !samples[static_cast<size_t>(sample)].digest.empty()) throw;
      if (bad_samples.insert(sample).second) bad.push_back({sample, e.what()});
    }
  }
};

Loader::Loader(std::span<const Sample> samples, std::vector<int> order, int batch, const Preprocess& preprocess,
               const LoaderOptions& options)
    : state_(std::make_unique<State>()) {
  require(batch > 0 && options.prefetch > 0, "Loader: batch {}, prefetch {}", batch, options.prefetch);
  for (int i : order)
    require(i >= 0 && static_cast<size_t>(i) < samples.size(), "Loader: sample {} of {}", i, samples.size());
  State& s = *state_;
  s.samples = samples;
  s.order = std::move(order);
  s.batch = static_cast<size_t>(batch);
  s.image_bytes = size_t{3} * static_cast<size_t>(preprocess.size) * static_cast<size_t>(preprocess.size);
  s.batches = (s.order.size() + s.batch - 1) / s.batch;
  s.preprocess = preprocess;
  s.options = options;
  s.ring.resize(static_cast<size_t>(options.prefetch));
  for (size_t b = 0; b < s.ring.size(); ++b) s.start_batch(b);
  const size_t threads = std::min(static_cast<size_t>(thread_count(options.threads)), s.order.size());
  try {
    for (size_t i = 0; i < threads; ++i) s.workers.emplace_back([&s] { s.work(); });
  } catch (const std::system_error&) {  // no more threads: one does the same work
    if (s.workers.empty()) throw;
  }
}

Loader::~Loader() = default;

bool Loader::next(Batch& out) {
  State& s = *state_;
  if (s.failure) std::rethrow_exception(s.failure);
  while (s.taken < s.batches) {
    Slot& slot = s.slot_of(s.taken);
    std::unique_lock lock(s.mutex);
    const auto start = std::chrono::steady_clock::now();
    s.done.wait(lock, [&] { return slot.missing == 0; });
    s.waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    lock.unlock();  // workers no longer touch a complete batch
    try {
      s.hand_over(slot, out);
    } catch (...) {
      s.failure = std::current_exception();
      throw;
    }
    lock.lock();
    s.start_batch(s.taken + s.ring.size());
    ++s.taken;
    s.room.notify_all();
    if (out.n > 0) return true;
  }
  out.n = 0;
  return false;
}

bool Loader::ready() const {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  if (s.failure || s.taken == s.batches) return false;
  const Slot& slot = s.slot_of(s.taken);
  return slot.missing == 0 && std::ranges::none_of(slot.errors, [](const auto& e) { return e != nullptr; });
}

const std::vector<BadImage>& Loader::bad_images() const { return state_->bad; }
double Loader::waited_seconds() const { return state_->waited; }

}  // namespace graft
