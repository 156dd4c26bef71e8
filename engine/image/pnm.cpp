// PGM and PPM in their raw forms (P5, P6). Not read with stb_image: it ignores the maximum in the header, reads
// 16-bit samples in the wrong byte order and overruns its buffer on some of them.
#include "engine/image/image_formats.h"

namespace graft {
namespace {

class HeaderReader {
 public:
  HeaderReader(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  // The next decimal number, after white space and comments.
  int64_t number() {
    skip_space();
    int64_t value = 0;
    const size_t start = at_;
    for (; at_ < bytes_.size() && bytes_[at_] >= '0' && bytes_[at_] <= '9'; ++at_) {
      value = value * 10 + (bytes_[at_] - '0');
      if (value > 1'000'000'000) fail_damaged(name_, "PNM", "a number of its header is too large");
    }
    if (at_ == bytes_.size()) fail_cut_off(name_, "PNM");
    if (at_ == start) fail_damaged(name_, "PNM", "its header lacks a number");
    return value;
  }
  size_t data_offset() const { return at_ + 1; }  // one whitespace character ends the header

 private:
  void skip_space() {
    for (; at_ < bytes_.size(); ++at_) {
      const uint8_t c = bytes_[at_];
      if (c == '#')
        while (at_ < bytes_.size() && bytes_[at_] != '\n') ++at_;
      else if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
        return;
    }
  }

  Bytes bytes_;
  const std::string& name_;
  size_t at_ = 2;  // after P5 or P6
};

}  // namespace

bool is_pnm(Bytes bytes) {
  return (has_at(bytes, 0, "P5") || has_at(bytes, 0, "P6")) && bytes.size() > 2 &&
         std::string_view(" \t\r\n#").find(static_cast<char>(bytes[2])) != std::string_view::npos;
}

ImageHeader pnm_header(Bytes bytes) {
  if (bytes.size() < 2) return {};
  ImageHeader header{bytes[1] == '6' ? "RGB" : "gray", 8, 1};
  int numbers = 0, value = 0;
  for (size_t at = 2; at < bytes.size() && numbers < 3; ++at) {
    const uint8_t c = bytes[at];
    if (c == '#') {
      while (at < bytes.size() && bytes[at] != '\n') ++at;
    } else if (c >= '0' && c <= '9') {
      value = value > 100000 ? value : value * 10 + (c - '0');
      if (at + 1 < bytes.size() && (bytes[at + 1] < '0' || bytes[at + 1] > '9')) {
        if (++numbers == 3 && value > 255) header.bits = 16;
        value = 0;
      }
    }
  }
  return header;
}

Image decode_pnm(Bytes bytes, const std::string& name, const DecodeOptions& deep) {
  const size_t channels = bytes[1] == '6' ? 3 : 1;
  HeaderReader header(bytes, name);
  const int64_t w = header.number(), h = header.number(), most = header.number();
  const Extent extent = checked_extent(w, h, name);
  if (most < 1 || most > 65535) fail_damaged(name, "PNM", "its maximum is not in 1 ... 65535");
  const size_t width = most > 255 ? 2 : 1, samples = static_cast<size_t>(w * h) * channels;
  if (bytes.size() < header.data_offset() || bytes.size() - header.data_offset() < samples * width)
    fail_cut_off(name, "PNM");

  const uint8_t* in = bytes.data() + header.data_offset();
  const auto top = static_cast<int>(most);
  const Levels levels = width == 2 && deep.levels ? *deep.levels : Levels{0, top};
  DeepValues* values = width == 2 ? deep.values : nullptr;
  if (values) values->top = top, values->count.assign(65536, 0);
  Image image{extent.w, extent.h, std::vector<uint8_t>(static_cast<size_t>(w * h) * 3)};
  for (size_t i = 0; i < samples; ++i) {
    const int v = width == 2 ? in[2 * i] << 8 | in[2 * i + 1] : in[i];
    if (v > top) fail_damaged(name, "PNM", "a sample is above the maximum of its header");
    if (values) ++values->count[static_cast<size_t>(v)];
    const uint8_t scaled = to_eight_bits(v, levels);
    if (channels == 3)
      image.rgb[i] = scaled;
    else
      for (size_t c = 0; c < 3; ++c) image.rgb[3 * i + c] = scaled;
  }
  return image;
}

}  // namespace graft
