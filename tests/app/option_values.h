// Values of each training option, for tests of the whole table, in the form in which the program prints them. A row
// that is missing here fails the test: a new option needs a line.
#pragma once
#include <map>
#include <string>
#include <vector>

namespace graft::test {

inline const std::map<std::string, std::vector<std::string>>& option_values() {
  static const std::map<std::string, std::vector<std::string>> values = {
      {"DATA", {"/images/of heads", "/"}},
      {"--checkpoint-steps", {"0", "7", "1000000000"}},
      {"--checkpoint-minutes", {"0", "0.5", "90"}},
      {"--keep-checkpoint", {"yes", "no"}},
      {"--private", {"true", "false"}},
      {"--log-steps", {"true", "false"}},
      {"--precision", {"f32", "tf32", "bf16"}},
      {"--kernel", {"conv2d=direct", "gemm=tiled"}},
      {"--preset", {"tutorial", ""}},
      {"--model", {"vgg11", "vgg19", "vgg-tiny"}},
      {"--weights", {"auto", "none", "/weights/of mine.h5"}},
      {"--image-size", {"32", "224", "1024"}},
      {"--head", {"gap", "flatten:64:32", "imagenet"}},
      {"--head-init", {"fan-in", "glorot"}},
      {"--head-weights", {"", "/heads/one.h5"}},
      {"--dropout", {"0", "0.1", "0.999"}},
      {"--unfreeze", {"none", "all", "block5", "block4_conv2"}},
      {"--preprocess", {"auto", "keras-caffe", "torchvision", "tutorial"}},
      {"--resize", {"", "nearest", "bilinear"}},
      {"--fit", {"", "stretch", "crop"}},
      {"--range", {"", "0,4095", "31768,35864"}},
      {"--exif", {"", "ignore", "apply"}},
      {"--augment", {"none"}},
      {"--augment-views", {"0", "3", "1000"}},
      {"--exclude", {"*_mask.png", "masks"}},
      {"--only", {"*.png", "images/[a-z]*"}},
      {"--labels", {"", "labels.csv:id,diagnosis"}},
      {"--group-by", {"", "^(p[0-9]+)_"}},
      {"--allow-group-overlap", {"true", "false"}},
      {"--on-bad-image", {"skip", "fail"}},
      {"--positive", {"", "ill"}},
      {"--optimizer", {"adam", "sgd"}},
      {"--epsilon-form", {"keras", "pytorch"}},
      {"--momentum", {"0", "0.9", "1"}},
      {"--l2", {"0", "0.0001", "1e-30"}},
      {"--weight-decay", {"0", "0.01"}},
      {"--clip-norm", {"0", "1.5"}},
      {"--label-smoothing", {"0", "0.1"}},
      {"--class-weights", {"none", "balanced", "/tables/weights.csv"}},
      {"--seed", {"0", "7", "18446744073709551615"}},
      {"--calibrate", {"true", "false"}},
      {"--epochs", {"1", "60", "1000000"}},
      {"--steps-per-epoch", {"0", "100"}},
      {"--batch", {"1", "32", "65536"}},
      {"--warmup-epochs", {"0", "2"}},
      {"--patience", {"0", "3"}},
      {"--monitor", {"val_loss", "val_accuracy"}},
      {"--keep", {"best", "last"}},
      {"--lr", {"0", "0.0001", "0.3"}},
      {"--finetune-lr", {"0", "1e-05"}},
      {"--schedule",
       {"constant", "cosine:floor=0.25", "step:every=2,factor=0.5", "plateau:patience=1,factor=0.25"}},
      {"--warmup-steps", {"0", "500"}},
      {"--lr-mult", {"", "block5=0.1,head=1", "block5_conv2=0.015625"}},
      {"--cache", {"memory", "file", "off"}},
      {"--cache-dir", {"", "/cache/of features"}},
      {"--cache-precision", {"f32", "bf16"}},
  };
  return values;
}

}  // namespace graft::test
