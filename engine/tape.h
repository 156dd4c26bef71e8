// Reverse-mode differentiation. Every op records, next to its forward code, a function that computes the gradients
// of its inputs. An op is recorded only if a trainable parameter can reach it: a frozen prefix records nothing,
// keeps no activation and costs nothing in backward(). Recording order is already a topological order, so
// backward() is a reversed loop.
#pragma once
#include <functional>
#include <vector>

#include "engine/parameter.h"

namespace graft {

// A value in the computation. Untracked: a constant, or the output of frozen layers.
struct Var {
  Tensor value;
  int node = -1;
  bool tracked() const { return node >= 0; }
};

class Tape;

// What a backward function can access: its inputs, by position.
class Grads {
 public:
  // Is the gradient of input i needed? A function skips the work if not.
  bool wanted(int i) const;

  // Contributes a gradient, which is moved in; a second contribution is added to the first.
  void give(int i, const Tensor& gradient);

  // For ops that can add in place: where a parameter's gradient goes, and whether to add to its contents.
  struct Slot {
    Tensor grad;
    bool accumulate;
  };
  Slot parameter(int i);

 private:
  friend class Tape;
  Grads(Tape& tape, const std::vector<int>& inputs) : tape_(tape), inputs_(inputs) {}
  Tape& tape_;
  const std::vector<int>& inputs_;  // node of each input, -1 for untracked ones
};

class Tape {
 public:
  // dy: gradient of the op's output, owned by the function (it may be changed in place). Undefined for a root
  // without a seed.
  using Backward = std::function<void(Tensor dy, Grads& grads)>;

  enum class Recording { on, off };  // off: for prediction, nothing is tracked
  explicit Tape(Recording recording = Recording::on) : recording_(recording) {}

  Var leaf(Parameter& parameter);  // tracked only if it is trainable
  Var record(Tensor value, std::initializer_list<Var> inputs, Backward backward);

  // Fills the gradients of all trainable parameters that `root` depends on, and clears the tape. seed: the gradient
  // of the root, with its shape; it is moved in and may be changed. Without one the root is an op that needs no
  // incoming gradient, such as softmax_loss. Throws Error (a bug) if root depends on nothing trainable, or the seed
  // has another size.
  void backward(const Var& root, Tensor seed = {});

  int size() const { return static_cast<int>(nodes_.size()); }  // recorded ops and leaves

 private:
  friend class Grads;
  struct Node {
    std::vector<int> inputs;
    Backward backward;
    Tensor grad;
    Parameter* parameter = nullptr;
  };
  Recording recording_;
  std::vector<Node> nodes_;
};

}  // namespace graft
