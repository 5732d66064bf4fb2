"""Writes sampling.json: interpolation, grid sampling and variants of dropout by PyTorch (1.13 on a CPU), in float64.

Inputs are not stored: element i of one with seed s is sin(1.3 i + s) (a grid: 1.4 times that). The gradient that comes in is
cos(0.7 i). Each case: the call, the result and the gradients of the inputs.
"""
import json
import torch
import torch.nn.functional as F


def wave(shape, seed, scale=1.0):
    n = int(torch.tensor(shape).prod())
    return (torch.sin(1.3 * torch.arange(n, dtype=torch.float64) + seed) * scale).reshape(shape)


def case(name, settings, call, *inputs):
    inputs = [x.requires_grad_() for x in inputs]
    y = call(*inputs)
    n = y.numel()
    gradients = torch.autograd.grad(y, inputs, torch.cos(0.7 * torch.arange(n, dtype=torch.float64)).reshape(y.shape))
    return {"op": name, **settings, "inputs": [list(x.shape) for x in inputs], "shape": list(y.shape),
            "values": y.flatten().tolist(), "gradients": [g.flatten().tolist() for g in gradients]}


cases = []
shapes = {"linear": [2, 3, 7], "bilinear": [1, 2, 5, 6], "bicubic": [1, 2, 5, 6], "trilinear": [1, 1, 3, 4, 5]}
for mode, shape in shapes.items():
    d = len(shape) - 2
    for align in (False, True):
        for size, scale, recompute in ([8, 3, 7][:d], None, None), (None, [1.7, 0.6, 2.3][:d], None), (None, [1.7, 0.6, 2.3][:d], True):
            options = dict(size=size, scale_factor=scale, mode=mode, align_corners=align, recompute_scale_factor=recompute)
            cases.append(case("interpolate", options, lambda x: F.interpolate(x, **options), wave(shape, 1)))
for mode in ("bilinear", "bicubic"):
    for align in (False, True):
        for size in ([3, 3], [2, 9], [11, 4]):
            options = dict(size=size, mode=mode, align_corners=align, antialias=True)
            cases.append(case("interpolate", options, lambda x: F.interpolate(x, **options), wave([1, 2, 7, 6], 2)))
for mode in ("nearest", "nearest-exact", "area"):
    for shape in ([1, 2, 7], [1, 2, 5, 6], [1, 1, 3, 4, 5]):
        d = len(shape) - 2
        for size, scale in ([10, 3, 7][:d], None), (None, [1.7, 0.6, 2.3][:d]):
            options = dict(size=size, scale_factor=scale, mode=mode)
            cases.append(case("interpolate", options, lambda x: F.interpolate(x, **options), wave(shape, 3)))
for shape, places in ([2, 2, 4, 5], [2, 3, 3, 2]), ([1, 2, 3, 4, 5], [1, 2, 3, 2, 3]):
    for mode in ("bilinear", "nearest", "bicubic"):
        if mode == "bicubic" and len(shape) == 5:
            continue
        for padding in ("zeros", "border", "reflection"):
            for align in (False, True):
                options = dict(mode=mode, padding_mode=padding, align_corners=align)
                cases.append(case("grid_sample", options, lambda x, g: F.grid_sample(x, g, **options), wave(shape, 4), wave(places, 5, 1.4)))
for size in ([2, 1, 3, 4], [1, 1, 2, 3, 4], [1, 1, 1, 5]):
    for align in (False, True):
        d = len(size) - 2
        options = dict(size=size, align_corners=align)
        cases.append(case("affine_grid", options, lambda t: F.affine_grid(t, **options), wave([size[0], d, d + 1], 6)))

draws = []
for name in ("dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"):
    shape = {"dropout1d": [3, 4, 2], "dropout2d": [3, 4, 2, 2], "dropout3d": [3, 4, 1, 2, 2]}.get(name, [3, 4, 2])
    torch.manual_seed(11)
    y = getattr(F, name)(torch.ones(shape, dtype=torch.float64), 0.4, training=True)
    draws.append({"op": name, "shape": shape, "values": y.flatten().tolist()})

with open("sampling.json", "w") as file:
    json.dump({"cases": cases, "draws": draws}, file, separators=(",", ":"))
