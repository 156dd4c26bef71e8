#include "models/head.h"

#include <algorithm>

#include "engine/base/parse_number.h"
#include "kernels/api/error.h"

namespace graft {

Head parse_head(std::string_view text) {
  constexpr int kMaxWidth = 65536, kMaxHidden = 32;
  const auto bad = [&](std::string_view why) {
    fail(Fault::usage, "head '{}': {}; try flatten:1024, gap or gap:256", text, why);
  };
  if (const auto hidden = std::count(text.begin(), text.end(), ':'); hidden > kMaxHidden)
    fail(Fault::usage, "a head of {} hidden layers; at most {} are possible", hidden, kMaxHidden);
  if (text == "imagenet") return {.hidden = {4096, 4096}, .imagenet = true};
  Head head;
  size_t end = text.find(':');
  const std::string_view kind = text.substr(0, end);
  if (kind != "flatten" && kind != "gap") bad("it must start with flatten or gap");
  head.global_avgpool = kind == "gap";
  while (end != text.npos) {
    const size_t begin = end + 1;
    end = text.find(':', begin);
    const std::string_view word = text.substr(begin, end == text.npos ? text.npos : end - begin);
    const auto width = parse_number(word, 1, kMaxWidth);
    if (!width) bad("a width is a number from 1 to 65536");
    head.hidden.push_back(*width);
  }
  return head;
}

void add_head(Graph& graph, int last, const ModelConfig& config) {
  const Head head = parse_head(config.head);
  const auto add = [&](Node node) {
    node.block = kHead, node.inputs = {last};
    last = graph.add(std::move(node));
  };
  add(head.global_avgpool ? Node{.op = Op::global_avgpool, .name = "gap"}
                          : Node{.op = Op::flatten, .name = "flatten"});
  int dropouts = 0;
  const auto add_dropout = [&] {
    if (config.dropout > 0)
      add({.op = Op::dropout, .name = fmt::format("dropout{}", ++dropouts), .rate = config.dropout});
  };
  if (head.hidden.empty()) add_dropout();
  int number = 0;
  for (const int width : head.hidden) {
    ++number;
    // Names other than Keras' fc1 and predictions, so that ImageNet's top is never loaded into a new head.
    const std::string name = head.imagenet ? fmt::format("fc{}", number)
                                           : "head_dense" + (number > 1 ? std::to_string(number) : std::string());
    add({.op = Op::dense, .name = name, .units = width, .relu = true});
    add_dropout();
  }
  add({.op = Op::dense, .name = "head_predictions", .units = config.classes});
}

}  // namespace graft
