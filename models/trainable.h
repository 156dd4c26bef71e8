// Which part of a model is trainable besides its head, which always is: the type of --unfreeze, with its parser and
// its text.
#pragma once
#include <string>
#include <string_view>

namespace graft {

struct TrainableFrom {
  enum class Kind { none, all, name };
  Kind kind = Kind::none;
  std::string name;  // Kind::name: the first trainable block ("block4") or layer ("block4_conv2")
  bool operator==(const TrainableFrom&) const = default;
};

// Parses "none", "all", or the name of a block or layer, with an optional prefix "from=". Throws a usage error if the
// name is missing. Model::set_trainable() refuses a name that the model does not have.
TrainableFrom parse_trainable_from(std::string_view text);

// Returns "none", "all" or the name: the inverse of parse_trainable_from().
std::string to_string(const TrainableFrom& from);

}  // namespace graft
