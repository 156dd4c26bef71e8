// Observers of a job: consoles, logs, traces, tests. An observer may read everything and must change nothing: a
// run gives the same bits with or without observers. If one asks to stop, the work ends at the next safe point.
#pragma once
#include <fmt/core.h>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tools/events/epoch_result.h"

namespace graft {

enum class MessageKind {
  info,     // progress of the work
  note,     // worth knowing
  warning,  // the result may be wrong or too optimistic
  result    // the requested result
};

// A long-running task that processes items.
struct Work {
  std::string task;
  int64_t total = 0;
  std::string unit = "images";  // of the items
  int64_t first = 0;            // items done before
  bool frequent = false;        // starts often, so that a log needs no line for each start
};

// An observer's progress display of a task; it ends on destruction.
class WorkDisplay {
 public:
  virtual ~WorkDisplay() = default;
  // done: items so far. facts: text such as "loss 0.52  accuracy 0.81". May be called from any thread.
  virtual void update(int64_t done, const std::string& facts) = 0;
};

struct FeaturePassEvent {
  std::string what;  // "training images"
  int64_t images = 0;
  double seconds = 0;
};

struct StepEvent {
  int epoch = 0;                         // from 1
  int64_t step = 0;                      // since the start of the run, from 1
  int64_t step_in_epoch = 0, steps = 0;  // from 1, out of `steps`
  double learning_rate = 0;
  double loss = 0, accuracy = 0;      // of this batch, before the update
  std::span<const int> samples = {};  // indices of the batch into the training images
};

struct EpochEvent {
  EpochResult result;
  int epochs = 0;    // planned for the run
  int64_t step = 0;  // since the start of the run
  double seconds = 0, images_per_second = 0;
  double waiting = 0;        // fraction of the time spent waiting for data
  double learning_rate = 0;  // at the last step
  bool rate_changes = false;
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_message(MessageKind, const std::string& /*text*/) {}
  virtual std::unique_ptr<WorkDisplay> on_work(const Work&) { return nullptr; }
  virtual bool wants_stop() const { return false; }

  virtual void on_feature_pass(const FeaturePassEvent&) {}
  virtual void before_update(const StepEvent&) {}  // gradients are computed, weights not yet updated
  virtual void on_step(const StepEvent&) {}
  virtual void on_epoch(const EpochEvent&) {}  // called before the state is saved
  virtual void before_save() {}                // before a checkpoint is written
};

// A list of observers, notified in order. They must outlive it.
class Observers {
 public:
  Observers() = default;
  explicit Observers(std::vector<Observer*> all) : all_(std::move(all)) {}
  void add(Observer& observer) { all_.push_back(&observer); }
  void shorten(size_t count) { all_.resize(all_.size() - count); }  // removes the last `count`
  const std::vector<Observer*>& all() const { return all_; }

  bool stopped() const;  // whether any observer asks to stop

  template <class... T>
  void info(fmt::format_string<T...> text, T&&... values) const {
    send(MessageKind::info, fmt::format(text, std::forward<T>(values)...));
  }
  template <class... T>
  void note(fmt::format_string<T...> text, T&&... values) const {
    send(MessageKind::note, fmt::format(text, std::forward<T>(values)...));
  }
  template <class... T>
  void warning(fmt::format_string<T...> text, T&&... values) const {
    send(MessageKind::warning, fmt::format(text, std::forward<T>(values)...));
  }
  template <class... T>
  void result(fmt::format_string<T...> text, T&&... values) const {
    send(MessageKind::result, fmt::format(text, std::forward<T>(values)...));
  }

 private:
  void send(MessageKind kind, const std::string& text) const;
  std::vector<Observer*> all_;
};

// Progress of a task, forwarded to all observers.
class Progress {
 public:
  Progress(const Observers& observers, const Work& work);
  void update(int64_t done, const std::string& facts = "");
  void end() { displays_.clear(); }
  double seconds() const;  // since the start

 private:
  std::vector<std::unique_ptr<WorkDisplay>> displays_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace graft
