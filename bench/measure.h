// The measurements of graft_bench.
#pragma once
#include "bench/report.h"

namespace graft::bench {

// Measures the rate of a large copy on the device, and of a large square product in each precision that has a variant:
// the vendor's if there is one, else our first.
Ceilings measure_ceilings(const Options& options);

// Measures every variant of every op selected by the options, on the sizes of VGG16. Throws if one has wrong numbers.
void measure_kernels(const Options& options, const Ceilings& ceilings, Report& report);

// Measures VGG16's 13 convolutions and 5 pools: forward, or forward and backward.
void measure_trunk(const Options& options, bool training, int batch, const Ceilings& ceilings, Report& report);

// Measures one training step of the default head on cached features.
void measure_head(const Options& options, int batch, const Ceilings& ceilings, Report& report);

}  // namespace graft::bench
