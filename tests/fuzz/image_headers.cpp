// Recognising files and reading image headers, which the program does with every file of a folder. Each input is
// read as the recognised kind and as every other.
#include <algorithm>
#include <array>
#include <string_view>

#include "engine/image/exif.h"
#include "engine/image/image_formats.h"
#include "tests/fuzz/harness.h"

using namespace graft;
using namespace graft::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static constexpr std::array<std::string_view, 7> kModes = {"",     "gray",    "gray+alpha", "RGB",
                                                             "RGBA", "palette", "CMYK"};
  const Bytes bytes(data, size);
  const Sniffed found = sniff(bytes);
  if (found.decoder && !found.what.empty()) finding("an image that is also {}", found.what);
  if (const int turned = exif_orientation(bytes); turned < 1 || turned > 8) finding("the orientation {}", turned);
  for (const Decoder& decoder : decoders()) {
    const ImageHeader header = decoder.header(bytes);
    if (std::ranges::find(kModes, header.mode) == kModes.end()) finding("the mode {}", header.mode);
    if (header.orientation < 1 || header.orientation > 8) finding("the orientation {}", header.orientation);
  }
  return 0;
}
