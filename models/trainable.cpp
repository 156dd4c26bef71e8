#include "models/trainable.h"

#include "kernels/api/error.h"

namespace graft {

TrainableFrom parse_trainable_from(std::string_view text) {
  constexpr std::string_view kFrom = "from=";
  std::string_view name = text;
  if (name.starts_with(kFrom)) name.remove_prefix(kFrom.size());
  if (name.empty())
    fail(Fault::usage, "unfreeze '{}': the name is missing; try none, all, block5 or block5_conv2", text);
  if (name == "none") return {};
  if (name == "all") return {TrainableFrom::Kind::all, {}};
  return {TrainableFrom::Kind::name, std::string(name)};
}

std::string to_string(const TrainableFrom& from) {
  switch (from.kind) {
    case TrainableFrom::Kind::none:
      return "none";
    case TrainableFrom::Kind::all:
      return "all";
    case TrainableFrom::Kind::name:
      return from.name;
  }
  return {};
}

}  // namespace graft
