#include "tools/terminal/failure.h"

#include <execinfo.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <system_error>

#include "engine/base/hash.h"
#include "engine/base/printable.h"
#include "engine/base/system_advice.h"
#include "tools/terminal/terminal.h"
#include "weights/hdf5/h5_library.h"

namespace graft {
namespace {

std::string names_in(const std::filesystem::filesystem_error& e) {
  const std::string first = printable(e.path1());
  return e.path2().empty() ? first : fmt::format("{}, {}", first, printable(e.path2()));
}

std::terminate_handler usual_terminate = nullptr;
std::atomic<bool> memory_was_short = false;

[[noreturn]] void note_short_memory() {
  memory_was_short = true;
  throw std::bad_alloc();
}

std::atomic<bool> is_ended = false;

[[noreturn]] void end_with(const char* message) {
  for (const char* part : {"vgg-finetune: ", message, "\n"}) write_text(stderr, part);
  std::_Exit(static_cast<int>(Fault::resources));
}

void terminate() {
  if (!memory_was_short) usual_terminate();
  end_with(kOutOfMemory);
}

void end_of_others() {
  if (is_ended) return;
  end_with(memory_was_short
               ? kOutOfMemory
               : "a library ended the program, most likely because the system refused it memory or a thread; a "
                 "smaller --batch and fewer --threads need less");
}

}  // namespace

void tell_of_memory_at_end() {
  std::atexit(end_of_others);
  std::set_new_handler(note_short_memory);
  usual_terminate = std::set_terminate(terminate);
}

void start_libraries() {
  void* frame = nullptr;
  ::backtrace(&frame, 1);  // loads what glibc needs to unwind through C
  sha256(std::string_view());
  h5::start();
}

void ends_by_itself() { is_ended = true; }

Error failure_of(const std::exception& e) {
  if (const auto* known = dynamic_cast<const Error*>(&e)) return *known;
  if (dynamic_cast<const std::bad_alloc*>(&e)) return {Fault::resources, kOutOfMemory};
  if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&e))
    return {Fault::resources, fmt::format("{}: {}; {}", names_in(*file), file->code().message(),
                                          system_advice(file->code().value(), "choose another place"))};
  if (const auto* system = dynamic_cast<const std::system_error*>(&e)) {
    if (system->code() == std::errc::resource_unavailable_try_again)
      return {Fault::resources,
              "the system allows no more threads; use fewer with --threads, or raise the limit on processes "
              "(ulimit -u)"};
    return {Fault::resources, fmt::format("the system reported an error: {}", e.what())};
  }
  return {Fault::bug, fmt::format("{} (a bug of ours, please report it)", e.what())};
}

}  // namespace graft
