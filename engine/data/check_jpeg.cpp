// Walks the segments of a JPEG (ITU-T T.81, annex B) as far as the end marker.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

#include "engine/data/image_formats.h"

namespace graft {
namespace {

constexpr const char* kKind = "JPEG";
constexpr int kMaxScans = 500;  // an honest progressive file has about ten; each costs a pass over the image

const char* unsupported_frame(int marker) {
  switch (marker) {
    case 0xC3:
      return "a lossless JPEG (as in DICOM)";
    case 0xC5:
    case 0xC6:
    case 0xC7:
      return "a hierarchical JPEG";
    case 0xC9:
    case 0xCA:
    case 0xCB:
    case 0xCD:
    case 0xCE:
    case 0xCF:
      return "an arithmetic-coded JPEG";
    case 0xF7:
      return "a JPEG-LS image";
    default:
      return nullptr;
  }
}

class JpegWalk {
 public:
  JpegWalk(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  Extent run() {
    for (;;) {
      const int marker = next_marker();
      if (marker == 0xD9) break;                                           // EOI
      if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) continue;  // no segment
      if (const char* what = unsupported_frame(marker)) fail_unsupported(name_, what);
      const Bytes body = segment();
      if (marker >= 0xC0 && marker <= 0xC2) frame(body);
      if (marker == 0xC4) huffman(body);
      if (marker == 0xDD) restart_interval(body);
      if (marker == 0xEE && body.size() >= 12 && std::memcmp(body.data(), "Adobe", 6) == 0) adobe_ = body[11];
      if (marker == 0xDA) scan(body);
    }
    if (components_.empty()) damaged("it has no frame header");
    if (seen_.size() != components_.size()) damaged("a colour component has no data");
    if (components_.size() == 4 && adobe_ != 0 && adobe_ != 2)
      fail_unsupported(name_, "a CMYK JPEG without Adobe's colour marker");
    return extent_;
  }

 private:
  struct Component {
    int id, h, v;
  };

  [[noreturn]] void damaged(const std::string& why) { fail_damaged(name_, kKind, why); }

  int next_marker() {
    // Stray bytes between segments are passed over, as by libjpeg and stb.
    for (; at_ + 1 < bytes_.size(); ++at_)
      if (bytes_[at_] == 0xFF && bytes_[at_ + 1] != 0 && bytes_[at_ + 1] != 0xFF) {
        at_ += 2;
        return bytes_[at_ - 1];
      }
    fail_cut_off(name_, kKind);
  }

  int u16(size_t i) const { return bytes_[i] << 8 | bytes_[i + 1]; }

  Bytes segment() {
    if (bytes_.size() - at_ < 2) fail_cut_off(name_, kKind);
    const auto length = static_cast<size_t>(u16(at_));
    if (length < 2) damaged("a segment has no length");
    if (bytes_.size() - at_ < length) fail_cut_off(name_, kKind);
    const Bytes body = bytes_.subspan(at_ + 2, length - 2);
    at_ += length;
    return body;
  }

  void frame(Bytes body) {
    if (!components_.empty()) damaged("it has two frame headers");
    if (body.size() < 6 || body.size() != 6 + 3 * size_t{body[5]}) damaged("its frame header has a wrong length");
    if (body[0] != 8) fail_unsupported(name_, fmt::format("a JPEG of {} bits a sample", body[0]));
    extent_ = checked_extent(body[3] << 8 | body[4], body[1] << 8 | body[2], name_);
    const int count = body[5];
    if (count != 1 && count != 3 && count != 4)
      fail_unsupported(name_, fmt::format("a JPEG of {} colour components", count));
    for (int i = 0; i < count; ++i) {
      const uint8_t* c = body.data() + 6 + 3 * i;
      components_.push_back({c[0], c[1] >> 4, c[1] & 15});
      if (components_.back().h < 1 || components_.back().h > 4 || components_.back().v < 1 ||
          components_.back().v > 4)
        damaged("a sampling factor is not in 1 ... 4");
      h_max_ = std::max(h_max_, components_.back().h);
      v_max_ = std::max(v_max_, components_.back().v);
    }
  }

  // stb (2.27) trusts that the counts of a table add up to at most 256 symbols.
  void huffman(Bytes body) {
    for (size_t i = 0; i < body.size();) {
      if (body.size() - i < 17) damaged("a Huffman table is cut off");
      size_t symbols = 0;
      for (size_t k = 1; k <= 16; ++k) symbols += body[i + k];
      if (symbols > 256 || body.size() - i - 17 < symbols) damaged("a Huffman table has too many symbols");
      i += 17 + symbols;
    }
  }

  void restart_interval(Bytes body) {
    if (body.size() != 2) damaged("its restart interval has a wrong length");
    interval_ = body[0] << 8 | body[1];
  }

  void scan(Bytes body) {
    if (components_.empty()) damaged("a scan comes before the frame header");
    if (++scans_ > kMaxScans) damaged("it has too many scans");
    const size_t count = body.empty() ? 0 : body[0];
    if (count < 1 || count > 4 || body.size() != 4 + 2 * count) damaged("a scan header has a wrong length");
    const Component* only = nullptr;
    for (size_t i = 0; i < count; ++i) {
      const auto it = std::find_if(components_.begin(), components_.end(),
                                   [&](const Component& c) { return c.id == body[1 + 2 * i]; });
      if (it == components_.end()) damaged("a scan names an unknown component");
      seen_.insert(static_cast<size_t>(it - components_.begin()));
      only = &*it;
    }
    const int64_t restarts = skip_entropy_coded();
    if (interval_ == 0) return;
    const int64_t units =
        count == 1 ? blocks_across(extent_.w, only->h, h_max_) * blocks_across(extent_.h, only->v, v_max_)
                   : ceil_div(extent_.w, 8 * h_max_) * ceil_div(extent_.h, 8 * v_max_);
    if (restarts < (units - 1) / interval_) damaged("a part of its picture is missing");
  }

  static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
  static int64_t blocks_across(int64_t side, int factor, int most) {
    return ceil_div(ceil_div(side * factor, most), 8);
  }

  // To the next marker that is not a restart; returns the number of restarts.
  int64_t skip_entropy_coded() {
    int64_t restarts = 0;
    while (at_ < bytes_.size()) {
      const void* found = std::memchr(bytes_.data() + at_, 0xFF, bytes_.size() - at_);
      if (!found) break;
      at_ = static_cast<size_t>(static_cast<const uint8_t*>(found) - bytes_.data());
      if (at_ + 1 >= bytes_.size()) break;
      const uint8_t next = bytes_[at_ + 1];
      if (next == 0xFF) {
        ++at_;
      } else if (next == 0) {
        at_ += 2;
      } else if (next >= 0xD0 && next <= 0xD7) {
        ++restarts;
        at_ += 2;
      } else {
        return restarts;
      }
    }
    fail_cut_off(name_, kKind);
  }

  Bytes bytes_;
  const std::string& name_;
  size_t at_ = 2;  // after SOI
  Extent extent_{};
  std::vector<Component> components_;
  std::set<size_t> seen_;  // components that a scan had
  int h_max_ = 1, v_max_ = 1, interval_ = 0, scans_ = 0, adobe_ = -1;
};

}  // namespace

Extent check_jpeg(Bytes bytes, const std::string& name) { return JpegWalk(bytes, name).run(); }

}  // namespace graft
