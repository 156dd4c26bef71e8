// An observer that records all events, one line each, and requests a stop at a given step or task.
#pragma once
#include <string>
#include <vector>

#include "tools/events/observer.h"

namespace graft {

class Recorder : public Observer {
 public:
  std::vector<std::string> events;  // "work epoch 1/2", "update 1", "step 1", "epoch 1", "save", "done epoch 1/2"
  std::vector<std::pair<MessageKind, std::string>> messages;
  std::vector<StepEvent> steps;  // without their samples, which are valid only during the step
  std::vector<std::vector<int>> samples;
  std::vector<EpochEvent> epochs;
  int64_t stop_after_step = -1;  // 0: before the first; -1: never
  std::string stop_in_work;      // stops when the task of this name begins; empty: never

  void on_message(MessageKind kind, const std::string& text) override { messages.emplace_back(kind, text); }
  std::unique_ptr<WorkDisplay> on_work(const Work& work) override {
    events.push_back("work " + work.task);
    if (!stop_in_work.empty() && work.task == stop_in_work) wants_stop_ = true;
    return std::make_unique<Display>(*this, work.task);
  }
  bool wants_stop() const override { return wants_stop_ || stop_after_step == 0; }
  void on_feature_pass(const FeaturePassEvent& e) override { events.push_back("features " + e.what); }
  void before_update(const StepEvent& e) override { events.push_back("update " + std::to_string(e.step)); }
  void on_step(const StepEvent& e) override {
    events.push_back("step " + std::to_string(e.step));
    steps.push_back(e);
    steps.back().samples = {};
    samples.emplace_back(e.samples.begin(), e.samples.end());
    if (e.step == stop_after_step) wants_stop_ = true;
  }
  void on_epoch(const EpochEvent& e) override {
    events.push_back("epoch " + std::to_string(e.result.epoch));
    epochs.push_back(e);
  }
  void before_save() override { events.push_back("save"); }

  // Returns all messages of a kind, one per line.
  std::string text_of(MessageKind kind) const {
    std::string text;
    for (const auto& [of, message] : messages)
      if (of == kind) text += message + "\n";
    return text;
  }

 private:
  struct Display : WorkDisplay {
    Display(Recorder& to, std::string name) : recorder(to), task(std::move(name)) {}
    ~Display() override { recorder.events.push_back("done " + task); }
    void update(int64_t, const std::string&) override {}
    Recorder& recorder;
    std::string task;
  };
  bool wants_stop_ = false;
};

}  // namespace graft
