"""Writes tests/golden/hostile_weights: HDF5 files that a weights loader must refuse, and odd ones that it must read.

    python tests/golden/make_hostile_weights.py     (needs h5py)

Each file is otherwise a weights file in Keras' layout with one layer `a` (kernel 2x3 of 0..5, bias 3 of zeros).
"""

import pathlib

import h5py
import numpy as np

OUT = pathlib.Path(__file__).parent / "hostile_weights"
KERNEL = np.arange(6, dtype=np.float32).reshape(2, 3)


def weights(name, kernel=KERNEL, libver=("earliest", "v108"), bias=True, **how):
    """A good file; `how` is for the dataset of the kernel."""
    f = h5py.File(OUT / name, "w", libver=libver)
    f.attrs["layer_names"] = np.array([b"a"])
    group = f.create_group("a")
    group.attrs["weight_names"] = np.array([b"a/kernel:0", b"a/bias:0"])
    if kernel is not None:
        group.create_dataset("a/kernel:0", data=kernel, **how)
    if bias:
        group.create_dataset("a/bias:0", data=np.zeros(3, np.float32))
    return f


def raw_dataset(f, path, space, plist, dtype=h5py.h5t.IEEE_F32LE):
    links = h5py.h5p.create(h5py.h5p.LINK_CREATE)
    links.set_create_intermediate_group(True)
    h5py.h5d.create(f.id, path.encode(), dtype, space, plist, links)


def refused():
    with weights("soft_link.h5", kernel=None) as f:
        f["data"] = KERNEL
        f["a/a/kernel:0"] = h5py.SoftLink("/data")
    with weights("external_link.h5", kernel=None) as f:
        f["a/a/kernel:0"] = h5py.ExternalLink("soft_link.h5", "/data")
    with weights("external_storage.h5", kernel=None) as f:
        f.create_dataset("a/a/kernel:0", (2, 3), np.float32, external=[("/etc/passwd", 0, 24)])
    with weights("virtual.h5", kernel=None, libver=("v110", "v110")) as f:
        layout = h5py.VirtualLayout((2, 3), np.float32)
        layout[:] = h5py.VirtualSource("soft_link.h5", "data", (2, 3))
        f.create_virtual_dataset("a/a/kernel:0", layout)
    with weights("lzf.h5", chunks=(2, 3), compression="lzf"):
        pass
    with weights("bomb_never_stored.h5", kernel=None) as f:
        f.create_dataset("a/a/kernel:0", (1 << 40, 1 << 20), np.float32, chunks=(1024, 1024))
    with weights("bomb_wide.h5", kernel=None) as f:  # the product of the sizes wraps around to 0
        f.create_dataset("a/a/kernel:0", (1 << 21, 1 << 21, 1 << 22), np.float32, chunks=(64, 64, 64))
    with weights("bomb_deflated.h5", kernel=np.zeros((1 << 11, 1 << 11), np.float32), chunks=(1 << 11, 1 << 11),
                 compression=9):  # fmt: skip
        pass
    with weights("bomb_chunk.h5", kernel=None) as f:
        f.create_dataset("a/a/kernel:0", (2, 3), np.float32, maxshape=(None, None), chunks=(1 << 15, 1 << 14))
    with weights("rank5.h5", kernel=KERNEL.reshape(1, 1, 1, 2, 3)):
        pass
    with weights("deep.h5") as f:
        f.create_group("/".join("d" * 12))
    with weights("cycle.h5") as f:
        f["a/again"] = f["a"]
    with weights("many_objects.h5", libver=("v110", "v110")) as f:
        for i in range(1100):
            f[f"a/{i}"] = f["a/a/bias:0"]
    with weights("large_attribute.h5", libver=("v110", "v110")) as f:
        f.attrs["layer_names"] = np.array([b"a".ljust(70000)])
    with weights("control_characters.h5") as f:
        f.create_group("a\x1b[2Jb")
    with weights("named_type.h5") as f:
        f["type"] = np.dtype("f4")
    with weights("missing_dataset.h5", kernel=None):
        pass
    with weights("missing_group.h5") as f:
        f.attrs["layer_names"] = np.array([b"a", b"gone"])
    with weights("names_are_numbers.h5") as f:
        f.attrs["layer_names"] = np.arange(3)
    with weights("integers.h5", kernel=KERNEL.astype(np.int32)):
        pass
    with weights("odd_float.h5", kernel=None) as f:  # 24 bits of an IEEE-like float
        odd = h5py.h5t.IEEE_F32LE.copy()
        odd.set_fields(23, 16, 7, 0, 16)
        odd.set_precision(24)
        early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        raw_dataset(f, "a/a/kernel:0", h5py.h5s.create_simple((2, 3)), early, odd)
    with h5py.File(OUT / "no_keras.h5", "w") as f:
        f["data"] = KERNEL
    with weights("theano.h5") as f:
        f.attrs["backend"] = "theano"
    with weights("channels_first.h5") as f:
        f.attrs["model_config"] = '{"config": {"data_format": "channels_first"}}'


def accepted():
    with weights("ok_deflate_shuffle.h5", chunks=(1, 3), compression=9, shuffle=True):
        pass
    with weights("ok_v110.h5", libver=("v110", "v110")):
        pass
    with weights("ok_f16.h5", kernel=KERNEL.astype(np.float16)):
        pass
    with weights("ok_f64_big_endian.h5", kernel=KERNEL.astype(">f8")):
        pass
    bits = (KERNEL.view(np.uint32) >> 16).astype(np.uint16)  # the upper half of a float32 is a bfloat16
    with weights("ok_bf16_integer.h5", kernel=bits) as f:
        f["a/a/kernel:0"].attrs["dtype"] = "bfloat16"
    with weights("ok_bf16_opaque.h5", kernel=bits.view(np.dtype("V2"))) as f:
        f["a/a/kernel:0"].attrs["dtype"] = "bfloat16"
    with weights("ok_extra.h5") as f:  # what Keras and people leave beside the weights
        f["optimizer_weights/iteration"] = np.int64(7)
        f["note"] = "text"
        f["empty"] = h5py.Empty("f4")
        f["nothing"] = np.zeros((0, 5), np.float32)


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    refused()
    accepted()
    print(sum(p.stat().st_size for p in OUT.iterdir()), "bytes in", len(list(OUT.iterdir())), "files")
