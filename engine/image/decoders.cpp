// All supported image formats. A new one is a file with its three functions, and a row here.
#include "engine/image/image_formats.h"

namespace graft {

bool is_jpeg(Bytes), is_png(Bytes), is_bmp(Bytes), is_pnm(Bytes);
ImageHeader jpeg_header(Bytes), png_header(Bytes), bmp_header(Bytes), pnm_header(Bytes);
Image decode_jpeg(Bytes, const std::string& name, const DecodeOptions&);
Image decode_png(Bytes, const std::string& name, const DecodeOptions&);
Image decode_bmp(Bytes, const std::string& name, const DecodeOptions&);
Image decode_pnm(Bytes, const std::string& name, const DecodeOptions&);

namespace {

// clang-format off
constexpr Decoder kDecoders[] = {
    // name   suffixes                       lossy  bits  recognises  header       decode
    {"JPEG", " .jpg .jpeg .jpe .jfif ",      true,  8,    is_jpeg,    jpeg_header, decode_jpeg},
    {"PNG",  " .png ",                       false, 16,   is_png,     png_header,  decode_png},
    {"BMP",  " .bmp .dib ",                  false, 8,    is_bmp,     bmp_header,  decode_bmp},
    {"PNM",  " .pgm .ppm .pnm ",             false, 16,   is_pnm,     pnm_header,  decode_pnm},
};
// clang-format on

}  // namespace

std::span<const Decoder> decoders() { return kDecoders; }

}  // namespace graft
