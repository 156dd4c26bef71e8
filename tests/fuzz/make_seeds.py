#!/usr/bin/env python3
"""Makes the binary seeds of the fuzz targets: safetensors of a VGG with one or two channels per layer, checkpoints, and
kinds of images that the golden files lack. `make_seeds.py RUN` makes those of the files of a run."""
import hashlib
import json
import re
import struct
import sys
import zlib
from pathlib import Path

SEEDS = Path(__file__).parent / "seeds"


def write(name, content):
    path = SEEDS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def floats(count, start=0):
    return struct.pack(f"<{count}f", *((start + i) % 7 / 8 - 0.25 for i in range(count)))


def safetensors(tensors, metadata=None):
    """tensors: name -> (dtype, shape, bytes)"""
    header, data = ({"__metadata__": metadata} if metadata else {}), b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


def layer(key, shape, tensors):
    count = 1
    for dim in shape:
        count *= dim
    tensors[key + ".weight"] = ("F32", shape, floats(count))
    tensors[key + ".bias"] = ("F32", shape[:1], floats(shape[0]))


def vgg11(stem="features.", head=False):
    tensors, number, channels = {}, 0, 3
    for convolutions in (1, 1, 2, 2, 2):
        for _ in range(convolutions):
            layer(f"{stem}{number}", [1, channels, 3, 3], tensors)
            channels, number = 1, number + 2
        number += 1
    if head:
        for number, (rows, columns) in ((0, (2, 49)), (3, (2, 2)), (6, (3, 2))):
            layer(f"classifier.{number}", [rows, columns], tensors)
    return tensors


def make_safetensors():
    write("safetensors/vgg11", safetensors(vgg11()))
    write("safetensors/vgg11_head", safetensors(vgg11(head=True), {"format": "pt"}))
    write("safetensors/prefix", safetensors(vgg11(stem="module.features.")))
    write("safetensors/dtypes", safetensors({
        "a": ("F16", [2], b"\0\x3c\0\xbc"), "b": ("BF16", [1, 2], b"\x80\x3f\0\0"), "c": ("F64", [1], b"\0" * 8),
        "d": ("I64", [1], b"\1" + b"\0" * 7), "e": ("F32", [], floats(1))}))
    write("safetensors/empty_tensor", safetensors({"features.0.weight": ("F32", [0, 3, 3, 3], b"")}))
    write("safetensors/no_tensor", safetensors({}))
    for name, shape in (("no_inputs", [2, 0]), ("no_outputs", [0, 49])):
        tensors = vgg11(head=True)
        layer("classifier.0", shape, tensors)
        write(f"safetensors/{name}", safetensors(tensors))


STATE = {
    "epoch": 2, "step_in_epoch": 1, "step": 4, "pass": 1, "position": 8, "loss_sum": 1.5, "loss_weight": 8.0,
    "correct": 3, "seen": 8, "phase": 0, "phase_start": 0, "best_epoch": 1, "best_value": 1.25, "since_best": 0,
    "rate_scale": 1.0, "plateau": 0, "stopped_early": False, "set_aside": ["a.png: not an image"],
    "data_fingerprint": "ab", "val_fingerprint": "", "optimizer_steps": 4,
    "history": [{"epoch": 1, "steps": 3, "loss": 1.5, "accuracy": 0.5, "val": {"loss": 1.25, "accuracy": 0.5}}],
}


def checkpoint(state, tensors):
    """tensors: (name, dtype, shape, bytes)"""
    entries = [{"dtype": dtype, "name": name, "sha256": hashlib.sha256(content).hexdigest(), "shape": shape}
               for name, dtype, shape, content in tensors]
    header = json.dumps({"state": state, "tensors": entries}, separators=(",", ":"), sort_keys=True).encode()
    file = b"GRAFTCKP" + struct.pack("<QQ", 1, len(header)) + hashlib.sha256(header).hexdigest().encode() + header
    for _, _, _, content in tensors:
        file += b"\0" * (-len(file) % 64) + content
    file += b"\0" * (-len(file) % 64)
    return file + b"GRAFTEND" + struct.pack("<Q", len(file) + 16)


def make_checkpoints():
    write("checkpoint/state", checkpoint(STATE, [("fc1/kernel", "f32", [2, 3], floats(6)),
                                                 ("fc1/bias", "f32", [3], floats(3)), ("order", "i32", [2], b"\0" * 8),
                                                 ("flags", "u8", [1, 2, 1, 2], b"\1\0\1\0")]))
    write("checkpoint/no_tensor", checkpoint({}, []))
    write("checkpoint/other_state", checkpoint([1, "two", None, {"deep": [[[]]]}], [("t", "u8", [1], b"\7")]))


def png(width, height, depth, colour, packed, exif=b""):
    file = b"\x89PNG\r\n\x1a\n"
    for name, content in ((b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)), (b"eXIf", exif),
                          (b"IDAT", packed), (b"IEND", b"")):
        if name == b"eXIf" and not content:
            continue
        file += struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    return file


def make_images():
    gray = bytes(range(16))
    pictures = {
        "deflate_type_3.png": png(4, 4, 8, 0, b"\x78\x9c\x07"),
        "whole.png": png(4, 4, 8, 0, zlib.compress(b"".join(b"\0" + gray[i:i + 4] for i in range(0, 16, 4)))),
        "deep.pgm": b"P5\n# a comment\n4 2 4095\n" + gray,
        "deep.ppm": b"P6 1 2 65535\n" + gray[:12],
    }
    for name, content in pictures.items():
        write(f"images/{name}", content)
        write(f"image_headers/{name}", content)
    big = b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
    little = b"II*\0\x08\0\0\0\1\0\x12\1\4\0\1\0\0\0\5\0\0\0\0\0\0\0"
    write("image_headers/exif_big.tiff", big)
    write("image_headers/exif_little.tiff", little)
    write("image_headers/exif_circle.tiff", big[:4] + struct.pack(">IHHHIII", 8, 1, 0x8769, 4, 1, 8, 8))
    write("image_headers/exif_outside.tiff", big[:4] + b"\xff\xff\xff\xfe\xff\xff")
    picture = zlib.compress(b"".join(b"\0" + gray[i:i + 4] for i in range(0, 16, 4)))
    turned = png(4, 4, 8, 0, picture, exif=little)
    write("image_headers/exif.png", turned)
    write("images/exif.png", turned)
    exif = b"Exif\0\0" + big
    jpeg = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + b"\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0\xff\xd9"
    write("image_headers/exif.jpg", jpeg)


def make_run_files(run):
    names = ("config.json", "summary.json", "metrics.json", "calibration.json", "history.csv", "trace.csv",
             "predictions.csv")
    files = [(run / name).read_bytes() if (run / name).exists() else b"" for name in names]
    for number, (name, content) in enumerate(zip(names, files)):  # the numbers of run_files.cpp
        if content:
            write(f"run_files/{run.name}_{name}", bytes([number]) + content)
        if name in ("config.json", "metrics.json") and content:  # numbers beyond any integer type
            huge = re.sub(rb'"(epochs|images)": [0-9]+', rb'"\1": 1e308', content, count=1)
            write(f"run_files/{run.name}_huge_{name}", bytes([number]) + huge)
    config, summary, metrics, calibration, history, trace, predictions = files
    write(f"report/{run.name}", b"\x1e".join((config, summary, history, metrics, predictions, calibration, trace)))


if __name__ == "__main__":
    make_safetensors()
    make_checkpoints()
    make_images()
    for folder in sys.argv[1:]:
        make_run_files(Path(folder))
