// Parameters of a model. They are declared first (name, shape), then marked trainable or frozen, then allocated in
// one arena: frozen ones first, trainable ones in one contiguous range at the end. Gradients and optimizer state
// exist for that range only, so an optimizer cannot touch a frozen weight and needs one launch per group of rates.
#pragma once
#include <deque>

#include "engine/tensor.h"

namespace graft {

struct Parameter {
  std::string name;  // "block1_conv1/kernel"
  Shape shape;       // kernels: r,s,c,k or in,out; biases: k
  bool trainable = true;
  Tensor value;
  Tensor grad;                   // defined for trainable ones
  bool accumulate_next = false;  // false: the next backward overwrites grad; true: it adds
};

// The parts of a parameter's name: "block1_conv1/kernel" is the kernel of layer block1_conv1. Throws Error (bug) if
// one of them is empty.
struct ParameterName {
  std::string layer, weight;
};
ParameterName parse_parameter_name(const std::string& name);

class ParameterArena {
 public:
  Parameter& declare(std::string name, Shape shape);  // the reference stays valid
  // Call after `trainable` is set. Values are zero the first time, later they are kept.
  void allocate(Device& device);
  void begin_step();  // the next backward overwrites all gradients

  std::deque<Parameter>& all() { return parameters_; }
  const std::deque<Parameter>& all() const { return parameters_; }
  Parameter& find(const std::string& name);         // throws Error (bug) if there is none
  const Tensor& values() const { return values_; }  // 1-d, everything
  Tensor trainable_values() const;                  // 1-d; undefined if nothing is trainable
  const Tensor& grads() const { return grads_; }    // 1-d, of the trainable range
  int64_t trainable_size() const { return trainable_size_; }
  int64_t frozen_size() const { return frozen_size_; }

 private:
  std::deque<Parameter> parameters_;
  Tensor values_, grads_;
  int64_t frozen_size_ = 0, trainable_size_ = 0;
};

}  // namespace graft
