// The one file that includes jpeglib.h. libjpeg decodes something from nearly every file
// and only warns; here its warnings, and whether the end marker is in the file, decide
// whether the image is complete. Its errors leave by longjmp: between setjmp and libjpeg
// there are only frames without destructors, and everything owned lies in Decompressor.
#include <fmt/format.h>

#include <csetjmp>
#include <cstdio>
// Each needs what the one before it declares.
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <algorithm>
#include <new>

#include "engine/image/image_formats.h"
#include "kernels/api/error.h"

namespace graft {
namespace {

constexpr const char* kKind = "JPEG";
constexpr size_t kOwnZeros = 1;  // bytes of zeros that data may end in: colourless blocks are zeros

const char* unsupported_marker(int marker) {
  switch (marker) {
    case 0xC3:
      return "a lossless JPEG (as in DICOM)";
    case 0xC5:
    case 0xC6:
    case 0xC7:
    case 0xCD:
    case 0xCE:
      return "a hierarchical JPEG";
    case 0xCB:
    case 0xCF:
      return "a lossless or hierarchical JPEG with arithmetic coding";
    case 0xF7:
      return "a JPEG-LS image";
    default:
      return nullptr;
  }
}

struct Decompressor {
  explicit Decompressor(Bytes file) : bytes(file) {}
  ~Decompressor() { jpeg_destroy_decompress(&cinfo); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  // Runs a step; false if libjpeg gave up, with its message in `errors`.
  bool run(void (*step)(Decompressor&)) {
    if (setjmp(escape) != 0) return false;
    step(*this);
    return true;
  }
  size_t at() const { return ran_out ? bytes.size() : bytes.size() - source.bytes_in_buffer; }

  Bytes bytes;
  jpeg_decompress_struct cinfo{};
  jpeg_error_mgr errors{};
  jpeg_source_mgr source{};
  std::jmp_buf escape{};
  Image image;
  std::vector<uint8_t> row;  // a CMYK row
  int components = 0;        // kept from the header: a second header after the image overwrites libjpeg's
  bool arithmetic = false;
  bool ran_out = false;  // libjpeg wanted more bytes than there are
  int most_scans = 0;
  bool too_many_scans = false;
  size_t zeros_from = 0;           // where trailing zeros of a scan begin
  bool seen[MAX_COMPONENTS] = {};  // components that occurred in a scan
  int missing = 0, lost_restarts = 0, bad_codes = 0, bad_scans = 0, strays = 0;
};

Decompressor& decompressor_of(j_common_ptr cinfo) { return *static_cast<Decompressor*>(cinfo->client_data); }
Decompressor& decompressor_of(j_decompress_ptr cinfo) {
  return decompressor_of(reinterpret_cast<j_common_ptr>(cinfo));
}

[[noreturn]] void give_up(j_common_ptr cinfo) { std::longjmp(decompressor_of(cinfo).escape, 1); }

void note_warning(j_common_ptr cinfo, int level) {
  if (level >= 0) return;  // trace message
  Decompressor& d = decompressor_of(cinfo);
  switch (cinfo->err->msg_code) {
    case JWRN_HIT_MARKER:
      ++d.missing;
      break;
    case JWRN_MUST_RESYNC:
      ++d.lost_restarts;
      break;
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
      ++d.bad_codes;
      break;
    case JWRN_BOGUS_PROGRESSION:
      ++d.bad_scans;
      break;
    case JWRN_EXTRANEOUS_DATA:
      ++d.strays;
      break;
    default:  // says nothing about the image
      break;
  }
}

boolean supply_end(j_decompress_ptr cinfo) {
  static constexpr JOCTET kEnd[] = {0xFF, JPEG_EOI};
  decompressor_of(cinfo).ran_out = true;
  cinfo->src->next_input_byte = kEnd;
  cinfo->src->bytes_in_buffer = sizeof(kEnd);
  return TRUE;
}

void skip(j_decompress_ptr cinfo, long count) {
  jpeg_source_mgr& source = *cinfo->src;
  if (count <= 0) return;
  if (static_cast<size_t>(count) > source.bytes_in_buffer) {
    supply_end(cinfo);
    return;
  }
  source.next_input_byte += count;
  source.bytes_in_buffer -= static_cast<size_t>(count);
}

void read_header(Decompressor& d) {
  d.cinfo.err = jpeg_std_error(&d.errors);
  d.errors.error_exit = give_up;
  d.errors.emit_message = note_warning;
  d.cinfo.client_data = &d;
  jpeg_create_decompress(&d.cinfo);  // keeps err and client_data
  d.source.next_input_byte = d.bytes.data();
  d.source.bytes_in_buffer = d.bytes.size();
  d.source.init_source = d.source.term_source = [](j_decompress_ptr) {};
  d.source.fill_input_buffer = supply_end;
  d.source.skip_input_data = skip;
  d.source.resync_to_restart = jpeg_resync_to_restart;
  d.cinfo.src = &d.source;
  jpeg_read_header(&d.cinfo, TRUE);
}

void begin_scan(Decompressor& d) {
  for (int i = 0; i < d.cinfo.comps_in_scan; ++i) d.seen[d.cinfo.cur_comp_info[i]->component_index] = true;
}

void end_scan(Decompressor& d) {
  size_t from = d.at(), to = from;
  while (from > 0 && d.bytes[from - 1] == 0) --from;
  while (to < d.bytes.size() && d.bytes[to] == 0) ++to;
  if (to > d.at() && to - from > kOwnZeros && d.zeros_from == 0) d.zeros_from = from;
}

// Consumes all scans, so that the output is that of the last.
void read_scans(Decompressor& d) {
  for (int got = 0; got != JPEG_REACHED_EOI;) {
    got = jpeg_consume_input(&d.cinfo);
    if (got == JPEG_SCAN_COMPLETED) end_scan(d);
    if (got != JPEG_REACHED_SOS) continue;
    begin_scan(d);
    if (d.cinfo.input_scan_number > d.most_scans) {
      d.too_many_scans = true;
      return;
    }
  }
}

// As in Pillow: Adobe's inverted convention, with or without Adobe's marker; no profiles.
void cmyk_to_rgb(const uint8_t* cmyk, int pixels, uint8_t* rgb) {
  for (int i = 0; i < pixels; ++i, cmyk += 4, rgb += 3)
    for (int c = 0; c < 3; ++c) {
      const int product = (255 - cmyk[c]) * cmyk[3] + 128;
      rgb[c] = static_cast<uint8_t>(cmyk[3] - (((product >> 8) + product) >> 8));
    }
}

void read_pixels(Decompressor& d) {
  jpeg_decompress_struct& cinfo = d.cinfo;
  cinfo.out_color_space = cinfo.num_components == 4 ? JCS_CMYK : JCS_RGB;
  cinfo.buffered_image = jpeg_has_multiple_scans(&cinfo);
  jpeg_start_decompress(&cinfo);
  begin_scan(d);
  if (cinfo.buffered_image) {
    read_scans(d);
    if (d.too_many_scans) return;
    jpeg_start_output(&cinfo, cinfo.input_scan_number);
  }
  while (cinfo.output_scanline < cinfo.output_height) {
    uint8_t* rgb = d.image.rgb.data() + size_t{3} * cinfo.output_width * cinfo.output_scanline;
    JSAMPROW row = d.row.empty() ? rgb : d.row.data();
    jpeg_read_scanlines(&cinfo, &row, 1);
    if (!d.row.empty()) cmyk_to_rgb(row, d.image.w, rgb);
  }
  if (!cinfo.buffered_image) end_scan(d);
}

// Reads up to the end marker. With several scans it has been reached already.
void read_to_end(Decompressor& d) {
  if (!d.cinfo.buffered_image) jpeg_finish_decompress(&d.cinfo);
}

// Says nothing about the file.
void stop_if_short_of_memory(const Decompressor& d) {
  const int code = d.errors.msg_code;
  if (code == JERR_OUT_OF_MEMORY || code == JERR_NO_BACKING_STORE) throw std::bad_alloc();
}

// libjpeg's reason for giving up, in our words.
[[noreturn]] void fail_given_up(Decompressor& d, const std::string& name) {
  const int code = d.errors.msg_code, value = d.errors.msg_parm.i[0];
  stop_if_short_of_memory(d);
  if (code == JERR_SOF_UNSUPPORTED || code == JERR_UNKNOWN_MARKER)
    if (const char* what = unsupported_marker(value)) fail_unsupported(name, what);
  if (code == JERR_BAD_PRECISION) fail_unsupported(name, fmt::format("a JPEG of {} bits a sample", value));
  if (code == JERR_EMPTY_IMAGE && d.cinfo.image_width > 0)
    fail_unsupported(name, "a JPEG that states its height after the image data");
  if (code == JERR_IMAGE_TOO_BIG)
    fail(Fault::data, "{}: more than the limit of {} pixels a side for a JPEG; shrink it", name,
         JPEG_MAX_DIMENSION);
  if (d.ran_out) fail_cut_off(name, kKind);
  char message[JMSG_LENGTH_MAX];
  d.errors.format_message(reinterpret_cast<j_common_ptr>(&d.cinfo), message);
  fail_damaged(name, kKind, fmt::format("libjpeg says: {}", message));
}

// Is every coefficient present to its last bit? Some progressive files omit the finest.
bool is_refined(const jpeg_decompress_struct& cinfo) {
  if (!cinfo.buffered_image || !cinfo.coef_bits) return true;
  const auto done = [](const int* bits) {
    return std::all_of(bits, bits + DCTSIZE2, [](int b) { return b == 0; });
  };
  return std::all_of(cinfo.coef_bits, cinfo.coef_bits + cinfo.num_components, done);
}

// A file whose second half was overwritten with zeros decodes, as
// zeros are valid codes. A complete file decodes without them.
bool needs_zeros(const Decompressor& d) {
  if (d.zeros_from == 0) return false;
  Decompressor without(d.bytes.first(d.zeros_from + kOwnZeros));
  without.image = Image{d.image.w, d.image.h, std::vector<uint8_t>(d.image.rgb.size())};
  without.row.resize(d.row.size());
  without.most_scans = d.most_scans;
  if (without.run(read_header) && without.run(read_pixels)) return without.missing > 0;
  stop_if_short_of_memory(without);
  return true;
}

[[noreturn]] void fail_scans(const Decompressor& d, const Extent& extent, const std::string& name) {
  fail_damaged(name, kKind,
               fmt::format("it has more than {} scans, each a pass over {} x {} pixels; usual are ten",
                           d.most_scans, extent.w, extent.h));
}

void require_whole(const Decompressor& d, const std::string& name) {
  if (d.too_many_scans) fail_scans(d, {d.image.w, d.image.h}, name);
  const bool all_seen = std::all_of(d.seen, d.seen + d.components, [](bool s) { return s; });
  // Without an end marker scans may be missing; arithmetic decoding does not even notice missing bits.
  if (d.ran_out && (d.missing || d.lost_restarts || !all_seen || d.arithmetic)) fail_cut_off(name, kKind);
  if ((d.ran_out || d.strays) && !is_refined(d.cinfo)) fail_cut_off(name, kKind);
  if (d.missing || d.lost_restarts) fail_damaged(name, kKind, "a part of its picture is missing");
  if (d.bad_codes) fail_damaged(name, kKind, "its compressed data is wrong in places");
  if (d.bad_scans) fail_damaged(name, kKind, "its scans do not belong together");
  if (!all_seen) fail_damaged(name, kKind, "a colour component has no data");
  if (needs_zeros(d)) fail_cut_off(name, kKind);
}

}  // namespace

Image decode_jpeg(Bytes bytes, const std::string& name, const DecodeOptions&) {
  Decompressor d(bytes);
  if (!d.run(read_header)) fail_given_up(d, name);
  jpeg_decompress_struct& cinfo = d.cinfo;
  const Extent extent = checked_extent(cinfo.image_width, cinfo.image_height, name);
  const int components = d.components = cinfo.num_components;
  d.arithmetic = cinfo.arith_code;
  if (components != 1 && components != 3 && components != 4)
    fail_unsupported(name, fmt::format("a JPEG of {} colour components", components));
  d.most_scans = most_jpeg_scans(extent);
  if (jpeg_has_multiple_scans(&cinfo) && count_jpeg_scans(bytes) > d.most_scans) fail_scans(d, extent, name);
  const auto w = static_cast<size_t>(extent.w), h = static_cast<size_t>(extent.h);
  d.image = {extent.w, extent.h, std::vector<uint8_t>(3 * w * h)};
  if (components == 4) d.row.resize(4 * w);
  const bool tables = std::ranges::any_of(cinfo.ac_huff_tbl_ptrs, [](const JHUFF_TBL* t) { return t != nullptr; });
  if (!d.run(read_pixels)) fail_given_up(d, name);
  const bool end_found = d.run(read_to_end) && !d.ran_out;
  require_whole(d, name);
  if (!tables && !d.arithmetic && !cinfo.buffered_image)
    add_note(d.image, "it has no Huffman tables; the standard ones are used");
  if (!is_refined(cinfo)) add_note(d.image, "it has no scans for its finest detail");
  if (d.strays) add_note(d.image, "there are stray bytes between its parts");
  if (!end_found) add_note(d.image, "its end marker is missing; its picture is whole");
  if (end_found && d.at() < bytes.size())
    add_note(d.image, fmt::format("{} bytes after its end marker are not used", bytes.size() - d.at()));
  return std::move(d.image);
}

}  // namespace graft
