#include "weights/convert/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/base/json_text.h"
#include "engine/base/printable.h"
#include "kernels/api/bf16.h"
#include "kernels/api/error.h"
#include "weights/io/float_format.h"

namespace graft {
namespace {

using nlohmann::json;
// The reference allows 100 MB, which take 2 GB of memory as JSON. VGG's header has 20 KB, those of the largest
// language models have 2 MB.
constexpr uint64_t kMaxHeader = 16'000'000;
constexpr uint64_t kMaxSide = uint64_t{1} << 40;
constexpr size_t kMaxTensors = 4096, kMaxRank = 8;

uint64_t bytes_of_dtype(const std::string& dtype) {
  constexpr struct {
    const char* name;
    uint64_t bytes;
  } kKnown[] = {{"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1},
                {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},
                {"U32", 4},  {"F32", 4}, {"I64", 8}, {"U64", 8},     {"F64", 8}};
  for (const auto& k : kKnown)
    if (dtype == k.name) return k.bytes;
  return 0;
}

// One entry of the header, checked on its own; the tensors start at `data`.
SafeTensor parse_tensor(const ByteFile& file, const std::string& name, const json& entry, uint64_t data) {
  const auto bad = [&](const char* what) {
    fail(Fault::weights, "{}: tensor {}: {}; get the file again", file.name(), printable(name), what);
  };
  SafeTensor tensor{.name = name, .dtype = entry.at("dtype").get<std::string>()};
  uint64_t bytes = bytes_of_dtype(tensor.dtype);
  if (bytes == 0) bad("an unknown dtype");
  const json &shape = entry.at("shape"), &offsets = entry.at("data_offsets");
  if (!shape.is_array() || shape.size() > kMaxRank || !offsets.is_array() || offsets.size() != 2 ||
      !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned())
    bad("a malformed shape or malformed offsets");
  for (const json& dim : shape) {
    if (!dim.is_number_unsigned()) bad("a malformed shape");
    const uint64_t d = dim.get<uint64_t>();
    if (d > kMaxSide || (d != 0 && bytes > file.bytes() / d)) bad("a shape larger than the file");
    bytes *= d;
    tensor.dims.push_back(static_cast<int64_t>(d));
  }
  const uint64_t begin = offsets[0].get<uint64_t>(), end = offsets[1].get<uint64_t>();
  if (begin > end || end > file.bytes() - data) bad("data beyond the end of the file: the download was cut");
  if (end - begin != bytes) bad("its shape and its data differ in size");
  tensor.begin = data + begin, tensor.end = data + end;
  return tensor;
}

// Together they fill the data exactly.
void require_tiled(const ByteFile& file, std::vector<SafeTensor> tensors, uint64_t data) {
  std::sort(tensors.begin(), tensors.end(), [](const SafeTensor& a, const SafeTensor& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  uint64_t at = data;
  for (const SafeTensor& t : tensors) {
    if (t.begin != at)
      fail(Fault::weights, "{}: {} before tensor {}; get the file again", file.name(),
           t.begin < at ? "an overlap" : "a hole", printable(t.name));
    at = t.end;
  }
  if (at != file.bytes())
    fail(Fault::weights, "{}: the file is {} bytes, its header says {}: get it again", file.name(), file.bytes(),
         at);
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : file_(path) {
  const uint64_t header = file_.bytes() < 8 ? 0 : file_.read_u64(0);
  if (header > kMaxHeader && header <= file_.bytes())
    fail(Fault::weights, "{}: its header has {} bytes, more than the {} that any network needs; refused", name(),
         header, kMaxHeader);
  if (header < 2 || header > file_.bytes() - 8)
    fail(Fault::weights, "{}: no safetensors file, or cut in its header; get it again", name());
  const std::string text = file_.read_text(8, header);
  if (text[0] != '{') fail(Fault::weights, "{}: no safetensors file: its header is not JSON", name());
  const json content = parse_json(text, name() + ": its header");
  try {
    for (const auto& [key, entry] : content.items()) {
      if (key == "__metadata__")
        metadata_ = entry.get<std::map<std::string, std::string>>();
      else
        tensors_.push_back(parse_tensor(file_, key, entry, 8 + header));
    }
  } catch (const json::exception& e) {
    fail(Fault::weights, "{}: a malformed header ({}); get the file again", name(), printable(e.what()));
  }
  if (tensors_.size() > kMaxTensors)
    fail(Fault::weights, "{}: more than {} tensors; not a VGG", name(), kMaxTensors);
  require_tiled(file_, tensors_, 8 + header);
}

const SafeTensor* SafetensorsFile::find(const std::string& name) const {
  const auto at = std::find_if(tensors_.begin(), tensors_.end(), [&](const auto& t) { return t.name == name; });
  return at == tensors_.end() ? nullptr : &*at;
}

std::vector<float> SafetensorsFile::read(const SafeTensor& tensor) const {
  if (!tensor.is_float())
    fail(Fault::weights, "{}: {} holds {}, not floats", name(), printable(tensor.name), tensor.dtype);
  const uint64_t element = bytes_of_dtype(tensor.dtype), bytes = tensor.end - tensor.begin;
  std::vector<float> values(bytes / element);
  if (element == 4) {
    file_.read(tensor.begin, std::as_writable_bytes(std::span(values)));
  } else if (element == 8) {
    std::vector<double> doubles(values.size());
    file_.read(tensor.begin, std::as_writable_bytes(std::span(doubles)));
    std::transform(doubles.begin(), doubles.end(), values.begin(), [](double v) { return static_cast<float>(v); });
  } else {
    std::vector<uint16_t> bits(values.size());
    file_.read(tensor.begin, std::as_writable_bytes(std::span(bits)));
    const auto from_bf16 = [](uint16_t v) { return f32_of(Bf16{v}); };
    std::transform(bits.begin(), bits.end(), values.begin(), tensor.dtype == "F16" ? f16_to_float : +from_bf16);
  }
  return values;
}

}  // namespace graft
