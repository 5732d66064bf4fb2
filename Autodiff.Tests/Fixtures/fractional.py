"""Writes fractional.json: fractional max pools by PyTorch (1.13 on a CPU).

Inputs are not stored: element i is sin(1.3 i + 1) in float64; the places come from a seed (float64 samples) or are drawn in float32
by a layer from seed 9. The gradient that comes in is cos(0.7 i).

    python3 fractional.py     (PyTorch 1.13)
"""
import json
import os
import torch
import torch.nn.functional as F

cases = []


def case(shape, kernel, seed, **options):
    d = len(kernel)
    n = int(torch.tensor(shape).prod())
    x = torch.sin(1.3 * torch.arange(n, dtype=torch.float64) + 1).reshape(shape).requires_grad_()
    torch.manual_seed(seed)
    pool = F.fractional_max_pool2d if d == 2 else F.fractional_max_pool3d
    y, indices = pool(x, kernel, return_indices=True, **options)
    g = torch.cos(0.7 * torch.arange(y.numel(), dtype=torch.float64)).reshape(y.shape)
    gradient, = torch.autograd.grad(y, x, g)
    cases.append({"shape": shape, "kernel": kernel, "seed": seed, **options, "result": list(y.shape), "indices": indices.flatten().tolist(),
                  "values": y.flatten().tolist(), "gradient": gradient.flatten().tolist()})


case([2, 2, 7, 9], [2, 3], 1, output_size=[4, 5])
case([2, 6, 8], [3, 3], 2, output_ratio=[0.6, 0.5])
case([1, 2, 5, 5], [2, 2], 3, output_size=[1, 4])
case([1, 2, 5, 6, 7], [2, 2, 3], 4, output_size=[3, 2, 4])
case([2, 4, 5, 6], [1, 2, 2], 5, output_ratio=[0.5, 0.7, 0.4])
torch.manual_seed(9)
x = torch.sin(1.3 * torch.arange(2 * 3 * 9 * 9, dtype=torch.float32) + 1).reshape(2, 3, 9, 9)
single = torch.nn.FractionalMaxPool2d(2, output_ratio=0.7, return_indices=True)(x)[1].flatten().tolist()
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "fractional.json"), "w") as f:
    json.dump({"source": f"PyTorch {torch.__version__}", "cases": cases, "single": single}, f, separators=(",", ":"))
