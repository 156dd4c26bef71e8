// Who is told what a job does, without taking part in it: a console, logs, traces, the tests. An observer may read
// everything and change nothing: with or without observers, a run has the same bits. One that asks to stop ends the
// work at the next safe point.
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
  info,     // how the work goes
  note,     // worth knowing
  warning,  // the result may be wrong or too good
  result    // what was asked for
};

// Long work, item by item.
struct Work {
  std::string task;
  int64_t total = 0;
  std::string unit = "images";  // what is counted
  int64_t first = 0;            // done before
  bool frequent = false;        // it begins often, so that a log needs no line for its start
};

// What an observer shows of long work; it ends with its life.
class WorkDisplay {
 public:
  virtual ~WorkDisplay() = default;
  // done of all items, from any thread. facts: "loss 0.52  accuracy 0.81".
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
  int64_t step_in_epoch = 0, steps = 0;  // from 1, of `steps`
  double learning_rate = 0;
  double loss = 0, accuracy = 0;      // of this batch, with the weights before the step
  std::span<const int> samples = {};  // of the batch, as indices into the training images
};

struct EpochEvent {
  EpochResult result;
  int epochs = 0;    // that the run has
  int64_t step = 0;  // since the start of the run
  double seconds = 0, images_per_second = 0;
  double waiting = 0;        // share of the time, for data
  double learning_rate = 0;  // of the last step
  bool rate_changes = false;
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_message(MessageKind, const std::string& /*text*/) {}
  virtual std::unique_ptr<WorkDisplay> on_work(const Work&) { return nullptr; }
  virtual bool wants_stop() const { return false; }

  virtual void on_feature_pass(const FeaturePassEvent&) {}
  virtual void before_update(const StepEvent&) {}  // gradients are there, weights are those of the forward pass
  virtual void on_step(const StepEvent&) {}
  virtual void on_epoch(const EpochEvent&) {}  // the state is saved after it
  virtual void before_save() {}                // of a checkpoint
};

// Those who are told, in order. They must outlive it.
class Observers {
 public:
  Observers() = default;
  explicit Observers(std::vector<Observer*> all) : all_(std::move(all)) {}
  void add(Observer& observer) { all_.push_back(&observer); }
  void shorten(size_t last) { all_.resize(all_.size() - last); }  // without the last so many
  const std::vector<Observer*>& all() const { return all_; }

  bool stopped() const;  // one of them wants it

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

// Long work, as all observers are shown it.
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
