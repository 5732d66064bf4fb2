"""Writes the .npy and .npz files of this folder with NumPy (made with Debian's python3-numpy 1.24.2): python3 make_files.py"""
import numpy as np

TYPES = ["b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]


def values(name):
    """The extremes of the type, so far as a tensor has them, and 0, as [2, 2]."""
    t = np.dtype("<" + name)
    if t.kind == "b":
        return np.array([[False, True], [True, False]])
    if t.kind == "f":
        return np.array([[0, np.finfo(t).max], [np.finfo(t).smallest_subnormal, -np.inf]], t)
    i = np.iinfo(t)
    return np.array([[0, min(i.max, 2**63 - 1)], [i.min, 1]], t)


arrays = {name: values(name) for name in TYPES}
arrays["big/f8"] = np.array([1.5, -2]).astype(">f8")  # Big-endian, and a slash in the name.
arrays["fortran"] = np.asfortranarray(np.arange(6, dtype="<i4").reshape(2, 3))
arrays["scalar"] = np.float32(0.5)
arrays["empty"] = np.zeros((0, 3), "<f4")
arrays["größe"] = np.arange(3, dtype="<i8")
np.savez("plain.npz", **arrays)
np.savez_compressed("compressed.npz", zeros=np.zeros(5000, "<f4"), **arrays)
np.savez("positional.npz", np.arange(2, dtype="<i4"), np.arange(3, dtype="<i4"))
np.savez("objects.npz", good=np.arange(2, dtype="<i4"), bad=np.array([None, 1], dtype=object))
np.save("uint64-too-large.npy", np.asfortranarray(np.array([[0, 1, 2], [3, 2**64 - 1, 5]], "<u8")))
