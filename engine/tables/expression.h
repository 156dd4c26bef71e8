// Regular expressions, from command lines and from the records of runs that strangers made: RE2's, which take time
// and memory in proportion to the text whatever they are, where those that backtrack hang or overrun the stack.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace graft {

class Expression {
 public:
  struct Match {
    size_t begin = 0, length = 0;     // in bytes, of all of it
    std::vector<std::string> groups;  // what its parentheses match; "" for one that takes no part
  };

  // Characters are those of UTF-8; in a text that is not UTF-8, as names of files may be, they are bytes. Throws
  // Error(Fault::usage) for what is no expression, or one that cannot be had in linear time (a look-ahead, a
  // back-reference), or is too large.
  explicit Expression(const std::string& pattern);

  // The first match in `text`, if there is one.
  std::optional<Match> search(std::string_view text) const;

 private:
  std::shared_ptr<const re2::RE2> characters_, bytes_;  // characters_: null if the pattern is not UTF-8
};

}  // namespace graft
