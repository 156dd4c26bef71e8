#include "models/vgg.h"

#include "models/head.h"

namespace graft {
namespace {

struct Block {
  int convs, filters;
};
struct Trunk {
  const char* name;
  Block blocks[5];
};

// Table 1 of the paper, columns A, B, D and E; the last row is ours.
constexpr Trunk kTrunks[] = {
    {"vgg11", {{1, 64}, {1, 128}, {2, 256}, {2, 512}, {2, 512}}},
    {"vgg13", {{2, 64}, {2, 128}, {2, 256}, {2, 512}, {2, 512}}},
    {"vgg16", {{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}}},
    {"vgg19", {{2, 64}, {2, 128}, {4, 256}, {4, 512}, {4, 512}}},
    {"vgg-tiny", {{1, 8}, {1, 8}, {1, 16}, {1, 16}, {2, 32}}},
};
constexpr SlidingWindow kFilter{.r = 3, .s = 3, .pad = 1}, kPool{.r = 2, .s = 2, .stride = 2};

const Trunk& find_trunk(std::string_view name) {
  for (const Trunk& t : kTrunks)
    if (name == t.name) return t;
  fail(Fault::bug, "unknown VGG {}", name);
}

}  // namespace

Graph vgg(const ModelConfig& config) {
  Graph graph({config.image_size, config.image_size, 3});
  int last = kGraphInput, number = 0;
  for (const Block& b : find_trunk(config.trunk).blocks) {
    const std::string block = fmt::format("block{}", ++number);
    for (int i = 1; i <= b.convs; ++i)
      last = graph.add({.op = Op::conv2d,
                        .name = fmt::format("{}_conv{}", block, i),
                        .block = block,
                        .inputs = {last},
                        .units = b.filters,
                        .window = kFilter,
                        .relu = true});
    last =
        graph.add({.op = Op::maxpool, .name = block + "_pool", .block = block, .inputs = {last}, .window = kPool});
  }
  add_head(graph, last, config);
  return graph;
}

}  // namespace graft
