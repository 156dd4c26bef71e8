// A model that vgg-finetune trained, in a program of your own: `predict RUN IMAGE...` prints for each image the class,
// its probability, and where in the picture the model sees it. The preprocessing is part of the model.
#include <algorithm>
#include <cstdio>

#include "tools/evaluation/predictor.h"

using namespace graft;

// The strongest evidence for the class, as a point of the picture: shares of its width and height.
void print_peak(const ClassMap& map) {
  const auto peak = int(std::ranges::max_element(map.values) - map.values.begin());
  std::printf("  seen at x %.2f, y %.2f", (peak % map.w + 0.5) / map.w, (peak / map.w + 0.5) / map.h);
}

int main(int argc, char** argv) try {
  if (argc < 3) fail(Fault::usage, "usage: predict RUN IMAGE...");
  const Predictor predictor{argv[1]};
  const ModelRecord& record = predictor.record();
  for (int i = 2; i < argc; ++i) {
    const Image image = decode_image(argv[i], decode_options(record.preprocess));
    const std::vector<float> probs = predictor.predict({&image, 1})[0];
    const auto best = size_t(std::ranges::max_element(probs) - probs.begin());
    std::printf("%s: %s %.4f", argv[i], record.classes[best].c_str(), double(probs[best]));
    print_peak(predictor.explain(image).map);
    std::printf("\n");
  }
  return 0;
} catch (const Error& error) {
  std::fprintf(stderr, "predict: %s\n", error.what());
  return static_cast<int>(error.fault());
}
