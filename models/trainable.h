// Which part of a model trains besides its head, which always does: the type of --unfreeze, parsed and printed here
// and nowhere else.
#pragma once
#include <string>
#include <string_view>

namespace graft {

struct TrainableFrom {
  enum class Kind { none, all, name };
  Kind kind = Kind::none;
  std::string name;  // Kind::name: a block ("block4") or a layer ("block4_conv2"), which trains with all after it
  bool operator==(const TrainableFrom&) const = default;
};

// "none", "all", or the name of a block or layer, with or without "from=" before it. Throws a usage error if there
// is no name. A model that has no such block or layer refuses it later, when it is told what trains.
TrainableFrom parse_trainable_from(std::string_view text);

// "none", "all" or the name. parse_trainable_from() reads it back.
std::string to_string(const TrainableFrom& from);

}  // namespace graft
