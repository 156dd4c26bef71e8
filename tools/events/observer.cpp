#include "tools/events/observer.h"

#include <algorithm>

namespace graft {

bool Observers::stopped() const {
  return std::ranges::any_of(all_, [](const Observer* o) { return o->wants_stop(); });
}

void Observers::send(MessageKind kind, const std::string& text) const {
  for (Observer* o : all_) o->on_message(kind, text);
}

Progress::Progress(const Observers& observers, const Work& work) {
  for (Observer* o : observers.all())
    if (auto display = o->on_work(work)) displays_.push_back(std::move(display));
}

void Progress::update(int64_t done, const std::string& facts) {
  for (const auto& display : displays_) display->update(done, facts);
}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

}  // namespace graft
