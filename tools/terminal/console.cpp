#include "tools/terminal/console.h"

#include "tools/events/human_time.h"
#include "tools/terminal/interrupt.h"
#include "tools/terminal/progress_line.h"
#include "tools/terminal/terminal.h"

namespace graft {

void Console::on_message(MessageKind kind, const std::string& text) {
  const bool detail = kind == MessageKind::info || kind == MessageKind::note;
  if (detail && terminal().quiet) return;
  const char* const start = kind == MessageKind::note ? "note: " : kind == MessageKind::warning ? "warning: " : "";
  write_text(stream_, start + text + "\n");
  if (stream_ == stdout) flush_output();
}

std::unique_ptr<WorkDisplay> Console::on_work(const Work& work) {
  constexpr double kNever = 1e9;
  ProgressOptions options{.unit = work.unit, .first = work.first};
  if (work.frequent) options.first_line = kNever;
  return std::make_unique<ProgressLine>(work.task, work.total, options);
}

bool Console::wants_stop() const { return interrupted() != 0; }

void Console::on_epoch(const EpochEvent& event) {
  const EpochResult& e = event.result;
  std::string text = fmt::format("epoch {}/{}  loss {:.4f}  accuracy {:.4f}", e.epoch, event.epochs, e.train.loss,
                                 e.train.accuracy);
  if (e.val) text += fmt::format("  val_loss {:.4f}  val_accuracy {:.4f}", e.val->loss, e.val->accuracy);
  if (event.rate_changes) text += fmt::format("  lr {:.3g}", event.learning_rate);
  on_message(MessageKind::info,
             text + fmt::format("  {} ({:.0f} images/s, {:.0f} % waiting for data)", human_time(event.seconds),
                                event.images_per_second, 100 * event.waiting));
}

const Observers& console() {
  static Console one;
  static const Observers alone({&one});
  return alone;
}

const Observers& side_console() {
  static Console one(stderr);
  static const Observers alone({&one});
  return alone;
}

}  // namespace graft
