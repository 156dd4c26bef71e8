#include "tools/log/json_log.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>

#include "engine/base/system_advice.h"
#include "tools/options/advice.h"

namespace graft {
namespace {

using nlohmann::json;

const char* name_of(Fault fault) {
  switch (fault) {
    case Fault::usage:
      return "usage";
    case Fault::data:
      return "data";
    case Fault::weights:
      return "weights";
    case Fault::resources:
      return "resources";
    case Fault::numerics:
      return "numerics";
    case Fault::bug:
      return "bug";
  }
  return "bug";
}

}  // namespace

void JsonLog::write(const char* event, json fields) {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  fields["event"] = event;
  fields["time"] = std::chrono::duration<double>(since_1970).count();
  // A message may quote bytes that are not text.
  const std::string line = fields.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  for (size_t done = 0; error_ == 0 && done < line.size();) {
    const ssize_t n = ::write(descriptor_, line.data() + done, line.size() - done);
    if (n >= 0)
      done += size_t(n);
    else if (errno != EINTR)
      error_ = errno;
  }
}

std::string JsonLog::trouble() const {
  return error_ == 0 ? "" : fmt::format("the log could not be written: {}", system_reason(error_));
}

void JsonLog::write_error(const Error& error) {
  write("error", {{"message", with_advice(error)},
                  {"fault", name_of(error.fault())},
                  {"exit_code", static_cast<int>(error.fault())}});
}

void JsonLog::on_feature_pass(const FeaturePassEvent& event) {
  write("frozen_pass", {{"what", event.what}, {"images", event.images}, {"seconds", event.seconds}});
}

void JsonLog::on_epoch(const EpochEvent& event) {
  const EpochResult& e = event.result;
  json fields = {{"epoch", e.epoch},
                 {"epochs", event.epochs},
                 {"step", event.step},
                 {"loss", e.train.loss},
                 {"accuracy", e.train.accuracy},
                 {"val_loss", nullptr},
                 {"val_accuracy", nullptr},
                 {"learning_rate", event.learning_rate},
                 {"seconds", event.seconds},
                 {"images_per_second", event.images_per_second}};
  if (e.val) fields["val_loss"] = e.val->loss, fields["val_accuracy"] = e.val->accuracy;
  write("epoch", std::move(fields));
}

}  // namespace graft
