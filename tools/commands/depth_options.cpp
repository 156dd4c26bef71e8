// How pictures of more than 8 bits are read: the same two options for all commands that show images to a model.
#include "tools/commands/options.h"
#include "tools/terminal/command_line.h"

namespace graft {

void add_depth_options(CLI::App& c, int& bits, std::string& range, const std::string& group) {
  CLI::Option* by_bits =
      c.add_option(
           "--bits", bits,
           "of images of more than 8 bits: how many of them are used, as 12 of a CT in 16-bit files: values of "
           "0 to 2^N - 1 become 0 to 255 (default: the upper 8 bits of the file's); part of the model")
          ->check(CLI::Range(9, 16))
          ->group(group);
  c.add_option("--range", range, "the same as LOW,HIGH: which values become 0 and 255, as in --range 31768,35864")
      ->excludes(by_bits)
      ->group(group);
}

}  // namespace graft
