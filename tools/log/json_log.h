// train --log-format json: one JSON object a line on stdout, for programs; docs/RESEARCH.md has the fields. While
// it lives, what is printed for people goes to stderr: no print can get between two events.
#pragma once
#include <cstdio>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/base/unique_fd.h"
#include "kernels/api/error.h"
#include "tools/run/observer.h"

namespace graft {

class JsonLog : public TrainingObserver {
 public:
  JsonLog();            // takes stdout; throws Error (resources)
  ~JsonLog() override;  // gives it back
  JsonLog(const JsonLog&) = delete;
  JsonLog& operator=(const JsonLog&) = delete;

  // `fields` is an object; "event" and "time" (seconds since 1970) are added. Where the line cannot be written, a
  // full disk for one, the log ends and the training does not: trouble() says why.
  void write(const char* event, nlohmann::json fields);
  void write_error(const Error& error);
  std::string trouble() const;  // a sentence; empty: all is written

  void on_frozen_pass(const FrozenPassSeen& seen) override;
  void on_epoch(const EpochSeen& seen) override;

 private:
  UniqueFd stdout_;  // a copy of the descriptor that was there
  int error_ = 0;    // errno of the write that ended the log
};

}  // namespace graft
