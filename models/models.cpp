#include "models/models.h"

#include "models/vgg.h"

namespace graft {
namespace {

constexpr ModelRow kModels[] = {
    {"vgg11", vgg}, {"vgg13", vgg}, {"vgg16", vgg}, {"vgg19", vgg}, {"vgg-tiny", vgg},
};

}  // namespace

std::span<const ModelRow> models() { return kModels; }

std::string trunk_names() {
  std::string names;
  for (const ModelRow& row : kModels) names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
}

Graph make_graph(const ModelConfig& config) {
  if (config.image_size < 32 || config.image_size > 1024)
    fail(Fault::usage, "image size {}: it must be from 32 to 1024", config.image_size);
  if (config.classes < 2) fail(Fault::usage, "{} classes: a classifier needs at least 2", config.classes);
  if (!(config.dropout >= 0 && config.dropout < 1))
    fail(Fault::usage, "dropout {}: it must be at least 0 and below 1", config.dropout);
  for (const ModelRow& row : kModels)
    if (row.name == config.trunk) return row.make(config);
  fail(Fault::usage, "unknown model '{}'; available: {}", config.trunk, trunk_names());
}

}  // namespace graft
