#include "engine/init.h"

#include <cmath>

#include "engine/base/rng.h"

namespace graft {
namespace {

struct Fan {
  double in, out;
};
// Kernels are [r,s,c,k] or [in,out]: the last dimension is the output, the others are the window and the inputs.
Fan fan(const Shape& s) {
  require(s.rank() == 2 || s.rank() == 4, "fan of a parameter of shape {}", s);
  const double window = s.rank() == 4 ? double(s[0] * s[1]) : 1;
  return {window * double(s[s.rank() - 2]), window * double(s[s.rank() - 1])};
}

template <class F>
void fill(Parameter& p, uint64_t seed, F&& draw) {
  RandomStream random(seed, Purpose::init, hash_name(p.name));
  std::vector<float> values(static_cast<size_t>(p.shape.size()));
  for (float& v : values) v = draw(random);
  p.value.copy_from_host(values);
}

void uniform(Parameter& kernel, uint64_t seed, double limit) {
  const auto l = static_cast<float>(limit);
  fill(kernel, seed, [=](RandomStream& random) { return random.uniform(-l, l); });
}

}  // namespace

void glorot_uniform(Parameter& kernel, uint64_t seed) {
  const Fan f = fan(kernel.shape);
  uniform(kernel, seed, std::sqrt(6.0 / (f.in + f.out)));
}

void fan_in_uniform(Parameter& kernel, uint64_t seed) {
  uniform(kernel, seed, 1 / std::sqrt(fan(kernel.shape).in));
}

void he_normal(Parameter& kernel, uint64_t seed) {
  const auto deviation = static_cast<float>(std::sqrt(2.0 / fan(kernel.shape).in));
  fill(kernel, seed, [=](RandomStream& random) { return deviation * random.normal(); });
}

}  // namespace graft
