"""Writes ctc.json: losses of sequences that are read as labels, by PyTorch (1.13 on a CPU), in float64.

Inputs are not stored: element i of the scores [T, N, C] or [T, C] is 2 sin(1.3 i + 1). Each case has the losses and their gradients
by the scores behind a log softmax ("gradient") and by the log probabilities themselves ("direct"), with cos(0.7 i) coming in.

    python3 ctc.py     (PyTorch 1.13)
"""
import json
import os
import torch
import torch.nn.functional as F

D = torch.float64
cases = []


def numbers(x):
    return [None if v != v else float(f"{v:.15g}") for v in x.detach().flatten().tolist()]


def case(shape, targets, inputs, lengths, **options):
    n = int(torch.tensor(shape).prod())
    x = (2 * torch.sin(1.3 * torch.arange(n, dtype=D) + 1)).reshape(shape).requires_grad_()
    p = x.log_softmax(-1)
    leaf = p.detach().requires_grad_()
    t = torch.tensor(targets)
    losses = [F.ctc_loss(given, t, torch.tensor(inputs), torch.tensor(lengths), **options) for given in (p, leaf)]
    g = torch.cos(0.7 * torch.arange(losses[0].numel(), dtype=D)).reshape(losses[0].shape)
    gradient, = torch.autograd.grad(losses[0], x, g)
    direct, = torch.autograd.grad(losses[1], leaf, g)
    infinite = torch.isinf(losses[0]).flatten().tolist()
    values = [0 if i else v for i, v in zip(infinite, numbers(losses[0]))]
    cases.append({"shape": shape, "targets": targets, "inputs": inputs, "lengths": lengths, **options, "losses": values,
                  "infinite": infinite, "gradient": numbers(gradient), "direct": numbers(direct)})


padded = [[1, 2, 2], [3, 1, 0], [2, 0, 0]]
for reduction in ("none", "mean", "sum"):
    case([5, 3, 4], padded, [5, 4, 5], [3, 2, 1], reduction=reduction)
    case([5, 3, 4], [1, 2, 2, 3, 1, 2], [5, 4, 5], [3, 2, 1], reduction=reduction)
    case([6, 4], [1, 3, 3], 6, 3, reduction=reduction)
    case([4, 3, 4], padded, [3, 4, 2], [3, 2, 1], reduction=reduction, zero_infinity=True)
case([5, 2, 4], [[0, 1, 1], [3, 1, 3]], [5, 4], [3, 2], blank=2, reduction="none")
case([3, 2, 4], [[1, 2, 3], [1, 1, 0]], [3, 3], [0, 2], reduction="mean")
case([2, 2, 3], [[1, 2], [1, 1]], [2, 2], [2, 2], reduction="none")

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ctc.json"), "w") as f:
    json.dump({"source": f"PyTorch {torch.__version__}", "cases": cases}, f, separators=(",", ":"))
