// Detects what a file is, by its content. Unsupported formats are named, so that users know what to convert.
#include <string_view>

#include "engine/image/image_formats.h"

namespace graft {
namespace {

struct Magic {
  size_t offset;
  std::string_view bytes;
  const char* what;
  const char* advice = "convert it to PNG or JPEG";
};

using namespace std::string_view_literals;
constexpr Magic kOthers[] = {
    {0, "GIF8"sv, "a GIF image"},
    {0, "II*\0"sv, "a TIFF image"},
    {0, "MM\0*"sv, "a TIFF image"},
    {0, "II+\0"sv, "a BigTIFF image"},
    {0, "MM\0+"sv, "a BigTIFF image"},
    {8, "WEBP"sv, "a WebP image"},
    {128, "DICM"sv, "a DICOM file"},
    {4, "ftypavif"sv, "an AVIF image"},
    {4, "ftypheic"sv, "a HEIC image"},
    {4, "ftypheix"sv, "a HEIC image"},
    {4, "ftypmif1"sv, "a HEIF image"},
    {4, "ftyp"sv, "a video file", "export its pictures as PNG"},
    {0, "\0\0\0\x0CjP  "sv, "a JPEG 2000 image"},
    {0, "\xFF\x4F\xFF\x51"sv, "a JPEG 2000 image"},
    {0, "\xFF\x0A"sv, "a JPEG XL image"},
    {0, "\0\0\0\x0CJXL "sv, "a JPEG XL image"},
    {0, "8BPS"sv, "a Photoshop file"},
    {344, "n+1\0"sv, "a NIfTI volume"},
    {344, "ni1\0"sv, "a NIfTI header"},
    {0, "\x1F\x8B"sv, "a gzip file (a NIfTI volume?)", "unpack it, and export its pictures as PNG"},
    {0, "\x89HDF\r\n\x1A\n"sv, "an HDF5 file", "export its pictures as PNG"},
    {0, "%PDF"sv, "a PDF document", "export its pictures as PNG, or leave it out"},
    {0, "PK\x03\x04"sv, "a ZIP archive", "unpack it"},
    {0, "\0\0\1\0"sv, "a Windows icon"},
    {0, "qoif"sv, "a QOI image"},
    {0, "#?RADIANCE"sv, "a Radiance HDR image"},
    {0, "v/1\1"sv, "an OpenEXR image"},
    {0, "<svg"sv, "an SVG drawing"},
    {0, "<!DOCTYPE html"sv, "an HTML page", "a download has failed, as a rule: get the image again"},
    {0, "<!doctype html"sv, "an HTML page", "a download has failed, as a rule: get the image again"},
    {0, "<html"sv, "an HTML page", "a download has failed, as a rule: get the image again"},
    {0, "<HTML"sv, "an HTML page", "a download has failed, as a rule: get the image again"},
    {0, "<?xml"sv, "an XML file", "convert it to PNG if it is an SVG drawing, else leave it out"},
    {0, "version https://git-lfs"sv, "a Git LFS pointer", "run git lfs pull first"},
    {0, "P1"sv, "a plain-text PBM image"},
    {0, "P2"sv, "a plain-text PGM image"},
    {0, "P3"sv, "a plain-text PPM image"},
    {0, "P4"sv, "a PBM bitmap"},
    {0, "P7"sv, "a PAM image"},
    {0, "PF\n"sv, "a PFM image"},
};

}  // namespace

Sniffed sniff(Bytes bytes) {
  for (const Decoder& decoder : decoders())
    if (decoder.recognises(bytes)) return {&decoder, {}, {}};
  for (const Magic& magic : kOthers)
    if (has_at(bytes, magic.offset, magic.bytes)) return {nullptr, magic.what, magic.advice};
  return {};
}

}  // namespace graft
