// train --log-format json: one JSON object a line, for programs; docs/RESEARCH.md has the fields.
#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "kernels/api/error.h"
#include "tools/events/observer.h"

namespace graft {

class JsonLog : public Observer {
 public:
  explicit JsonLog(int descriptor) : descriptor_(descriptor) {}  // of an open file; it stays the caller's

  // `fields` is an object; "event" and "time" (seconds since 1970) are added. Where the line cannot be written, a
  // full disk for one, the log ends and the training does not: trouble() says why.
  void write(const char* event, nlohmann::json fields);
  void write_error(const Error& error);
  std::string trouble() const;  // a sentence; empty: all is written

  void on_feature_pass(const FeaturePassEvent& seen) override;
  void on_epoch(const EpochEvent& seen) override;

 private:
  int descriptor_;
  int error_ = 0;  // errno of the write that ended the log
};

}  // namespace graft
