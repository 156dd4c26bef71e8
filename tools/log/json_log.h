// train --log-format json: one JSON object per line, for programs. The fields are documented in docs/RESEARCH.md.
#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "kernels/api/error.h"
#include "tools/events/observer.h"

namespace graft {

class JsonLog : public Observer {
 public:
  explicit JsonLog(int descriptor) : descriptor_(descriptor) {}  // an open file, owned by the caller

  // Writes the object `fields` plus "event" and "time" (seconds since 1970). If a write fails, for example on a
  // full disk, the log ends but training continues; trouble() gives the reason.
  void write(const char* event, nlohmann::json fields);
  void write_error(const Error& error);
  std::string trouble() const;  // a sentence; empty if everything was written

  void on_feature_pass(const FeaturePassEvent& event) override;
  void on_epoch(const EpochEvent& event) override;

 private:
  int descriptor_;
  int error_ = 0;  // errno of the write that ended the log
};

}  // namespace graft
