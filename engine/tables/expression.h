// Regular expressions, from command lines and from records of untrusted runs. RE2 takes time and memory
// proportional to the text for any expression, where backtracking engines hang or overrun the stack.
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
    size_t begin = 0, length = 0;     // in bytes, of the whole match
    std::vector<std::string> groups;  // what its parentheses match; "" for one that does not participate
  };

  // Characters are UTF-8; in a text that is not UTF-8, as file names may be, they are bytes. Throws
  // Error(Fault::usage) if the expression is invalid, not matchable in linear time (a look-ahead, a
  // back-reference), or too large.
  explicit Expression(const std::string& pattern);

  // The first match in `text`, if any.
  std::optional<Match> search(std::string_view text) const;

 private:
  std::shared_ptr<const re2::RE2> characters_, bytes_;  // characters_: null if the pattern is not UTF-8
};

}  // namespace graft
