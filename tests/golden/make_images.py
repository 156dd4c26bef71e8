"""Writes tests/golden/images: what Pillow makes of images, for the tests of decoding and resizing.

    pip install pillow==12.0.0 numpy; python tests/golden/make_images.py

Debian 12's Pillow 9.4 gives the same pixels. Pillow 12.2 and 13 do not for some tall images: they may filter columns
before rows, which rounds differently. The trunks were trained, and their peers measured, with rows first.

resize.txt: a line each of  w h out_w out_h filter sha256  of the RGB bytes. The image is noise that the test makes
itself: byte i is the top byte of the (i+1)-th state of s = s * 1664525 + 1013904223 mod 2^32 from s = w * 65536 + h.

decode.txt: a line each of  file w h sha256  of the RGB bytes. The 16-bit and the interlaced PNG are made by hand, as Pillow writes none.
"""

import hashlib
import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image

OUT = pathlib.Path(__file__).parent / "images"
SIZES = [
    ((1, 1), (1, 1)), ((1, 1), (7, 5)), ((7, 5), (1, 1)), ((2, 2), (1, 1)), ((2, 2), (3, 3)), ((3, 3), (2, 2)),
    ((5, 7), (5, 3)), ((5, 7), (2, 7)), ((5, 7), (5, 7)), ((10, 10), (7, 13)), ((13, 1), (4, 4)), ((1, 13), (4, 4)),
    ((64, 48), (32, 24)), ((64, 48), (33, 25)), ((64, 48), (128, 96)), ((97, 61), (32, 32)), ((31, 37), (224, 224)),
    ((224, 224), (224, 224)), ((225, 223), (224, 224)), ((300, 200), (224, 224)), ((512, 512), (224, 224)),
    ((640, 480), (224, 224)), ((341, 256), (256, 192)), ((1000, 3), (224, 224)), ((3, 1000), (224, 224)),
    ((2000, 1), (64, 64)), ((1, 2000), (64, 64)), ((4097, 2), (3, 2)), ((100, 100), (99, 101)), ((49, 49), (7, 7)),
    ((7, 7), (49, 49)), ((17, 19), (23, 29)), ((255, 255), (256, 256)), ((96, 96), (36, 36)), ((700, 466), (384, 256)),
]


def noise(w, h):
    state, data = w * 65536 + h, bytearray()
    for _ in range(3 * w * h):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        data.append(state >> 24)
    return Image.frombytes("RGB", (w, h), bytes(data))


def resize_goldens():
    lines = []
    for (w, h), size in SIZES:
        for name, kind in (("nearest", Image.NEAREST), ("bilinear", Image.BILINEAR)):
            digest = hashlib.sha256(noise(w, h).resize(size, kind).tobytes()).hexdigest()
            lines.append(f"{w} {h} {size[0]} {size[1]} {name} {digest}\n")
    (OUT / "resize.txt").write_text("".join(lines))


def picture(w, h, channels=3):
    """Soft waves: what JPEG is good at, with a different one in each channel."""
    y, x = np.mgrid[0:h, 0:w]
    waves = [127.5 + 120 * np.sin(x / (3.0 + c) + c) * np.cos(y / (4.0 + c)) for c in range(channels)]
    return np.stack(waves, axis=-1).round().astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(array, interlace=False):
    """A PNG of an array [h,w,c] of uint8 or uint16."""
    h, w, c = array.shape
    big = array.astype(">u2") if array.dtype == np.uint16 else array
    grids = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    raw = b""
    for x0, y0, dx, dy in grids if interlace else [(0, 0, 1, 1)]:
        part = big[y0::dy, x0::dx]
        if part.size:
            raw += b"".join(b"\0" + row.tobytes() for row in part)
    header = struct.pack(">IIBBBBB", w, h, 8 * array.itemsize, {1: 0, 2: 4, 3: 2, 4: 6}[c], 0, 0, int(interlace))
    chunks = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(raw, 9)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def decode_goldens():
    w, h = 37, 29
    rgb, rgba = Image.fromarray(picture(w, h)), Image.fromarray(picture(w, h, 4))
    grey, grey_alpha = rgb.convert("L"), rgba.convert("LA")
    palette = rgb.quantize(40)
    files = {}

    def add(name, image, **options):
        buffer = io.BytesIO()
        image.save(buffer, format={"jpg": "JPEG", "png": "PNG", "bmp": "BMP", "ppm": "PPM"}[name[-3:]], **options)
        files[name] = buffer.getvalue()

    add("rgb444.jpg", rgb, quality=90, subsampling=0)
    add("rgb420.jpg", rgb, quality=90, subsampling=2)
    add("progressive.jpg", rgb, quality=85, progressive=True)
    add("restarts.jpg", rgb, quality=90, subsampling=0, restart_marker_blocks=3)
    add("grey.jpg", grey, quality=90)
    add("cmyk.jpg", rgb.convert("CMYK"), quality=95)
    add("rgb.png", rgb)
    add("rgba.png", rgba)
    add("grey.png", grey)
    add("grey_alpha.png", grey_alpha)
    add("bits.png", rgb.convert("1"))
    add("palette.png", palette)
    add("palette4.png", rgb.quantize(11))
    add("palette_alpha.png", palette, transparency=bytes(range(0, 40)))
    add("rgb_transparent.png", rgb, transparency=(1, 2, 3))
    add("rgb.bmp", rgb)
    add("rgba.bmp", rgba)
    add("grey.bmp", grey)
    add("palette.bmp", palette)
    add("bits.bmp", rgb.convert("1"))
    add("rgb.ppm", rgb)
    add("grey.ppm", grey)
    files["interlaced.png"] = png(picture(w, h), interlace=True)

    lines = []
    for name, data in files.items():
        (OUT / name).write_bytes(data)
        expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).tobytes()
        lines.append(f"{name} {w} {h} {hashlib.sha256(expected).hexdigest()}\n")

    # 16 bits: the high byte, as Pillow does for colour; it clips grey, which is the one thing not to copy.
    wide = picture(w, h, 4).astype(np.uint16) * 256 + np.arange(w * h * 4, dtype=np.uint16).reshape(h, w, 4) % 256
    for name, c in (("grey16.png", 1), ("grey_alpha16.png", 2), ("rgb16.png", 3), ("rgba16.png", 4)):
        (OUT / name).write_bytes(png(wide[:, :, :c]))
        top = (wide >> 8).astype(np.uint8)
        expected = top[:, :, :3] if c >= 3 else np.repeat(top[:, :, :1], 3, axis=2)
        lines.append(f"{name} {w} {h} {hashlib.sha256(expected.tobytes()).hexdigest()}\n")

    # Indices without an entry in the palette: black here, whatever lay in memory in careless decoders.
    index = np.arange(w * h, dtype=np.uint8).reshape(h, w) % 4
    header = struct.pack(">IIBBBBB", w, h, 8, 3, 0, 0, 0)
    raw = b"".join(b"\0" + row.tobytes() for row in index)
    chunks = [chunk(b"IHDR", header), chunk(b"PLTE", bytes([9, 8, 7, 6, 5, 4])), chunk(b"IDAT", zlib.compress(raw)),
              chunk(b"IEND", b"")]
    (OUT / "palette_short.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    expected = np.array([[9, 8, 7], [6, 5, 4], [0, 0, 0], [0, 0, 0]], np.uint8)[index]
    lines.append(f"palette_short.png {w} {h} {hashlib.sha256(expected.tobytes()).hexdigest()}\n")
    (OUT / "decode.txt").write_text("".join(lines))


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    resize_goldens()
    decode_goldens()
