// safetensors files: the reader, the names of torch, and the conversion to .h5. The length of the header, which nearly
// every mutation would break, is corrected.
#include "weights/convert/safetensors.h"

#include "tests/fuzz/harness.h"
#include "weights/convert/convert.h"
#include "weights/convert/torch_names.h"

using namespace graft;
using namespace graft::fuzz;

namespace {

void read_all(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  for (const SafeTensor& tensor : file.tensors()) {
    if (!tensor.is_float()) continue;
    uint64_t wanted = 1;
    for (const int64_t dim : tensor.dims) wanted *= static_cast<uint64_t>(dim);
    if (file.read(tensor).size() != wanted) finding("{} has not the size of its shape", tensor.name);
  }
  const TorchVgg vgg = read_torch_vgg(file);
  if (vgg.convolutions.empty()) finding("a VGG without convolutions");
  other_tensors(file, vgg), vgg.prefix_note();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::filesystem::path file = folder().write("in.safetensors", text(data, size)), to = folder().at("out.h5");
  if (!accepted({Fault::weights}, [&] { read_all(file); })) return 0;
  for (const bool top : {false, true}) accepted({Fault::weights}, [&] { convert_safetensors(file, to, top); });
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  const size_t brace = text(data, size).rfind('}');
  if (seed % 8 == 0 || brace == std::string_view::npos || brace < 8) return size;
  for (size_t i = 0; i < 8; ++i) data[i] = static_cast<uint8_t>((brace - 7) >> (8 * i));
  return size;
}
