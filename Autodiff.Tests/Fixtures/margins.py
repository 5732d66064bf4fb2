"""Writes margins.json: hinge losses of classes, the adaptive softmax and PDist by PyTorch (1.13 on a CPU), in float64.

Inputs are not stored: element i of one with seed s is 2 sin(1.3 i + s). The gradient that comes in is cos(0.7 i).
Each case: the call, the result and the gradients of the inputs.
"""
import json
import torch
import torch.nn.functional as F


def wave(shape, seed):
    n = int(torch.tensor(shape).prod())
    return (2 * torch.sin(1.3 * torch.arange(n, dtype=torch.float64) + seed)).reshape(shape)


def case(name, settings, call, *inputs):
    inputs = [x.requires_grad_() for x in inputs]
    y = call(*inputs)
    n = y.numel()
    gradients = torch.autograd.grad(y, inputs, torch.cos(0.7 * torch.arange(n, dtype=torch.float64)).reshape(y.shape))
    return {"op": name, **settings, "inputs": [list(x.shape) for x in inputs], "shape": list(y.shape),
            "values": y.flatten().tolist(), "gradients": [g.flatten().tolist() for g in gradients]}


cases = []
weight = [0.5, 2.0, 0.0, 1.5]
for reduction in ("none", "mean", "sum"):
    for p in (1, 2):
        for margin, w in (1.0, None), (0.5, weight):
            options = dict(p=p, margin=margin, reduction=reduction)
            for shape, target in ([5, 4], [0, 3, 1, 1, 2]), ([4], 2):
                cases.append(case("multi_margin_loss", {**options, "weight": w, "target": target}, lambda x: F.multi_margin_loss(
                    x, torch.tensor(target), weight=None if w is None else torch.tensor(w, dtype=torch.float64), **options), wave(shape, 1)))
    for shape, target in ([3, 4], [[2, 0, -1, 1], [-1, 3, 2, 0], [0, 1, 2, 3]]), ([4], [3, -1, 0, 1]), ([2, 4], [[0, -1, -1, -1], [1, 2, 3, -1]]):
        cases.append(case("multilabel_margin_loss", {"reduction": reduction, "target": target}, lambda x: F.multilabel_margin_loss(
            x, torch.tensor(target), reduction=reduction), wave(shape, 2)))
    for w in (None, weight):
        for shape in [3, 4], [4], [2, 3, 4]:
            cases.append(case("multilabel_soft_margin_loss", {"reduction": reduction, "weight": w}, lambda x, t: F.multilabel_soft_margin_loss(
                x, (t * 0.25 + 0.5), weight=None if w is None else torch.tensor(w, dtype=torch.float64), reduction=reduction), wave(shape, 3), wave(shape, 4)))
    for swap in (False, True):
        cases.append(case("triplet_margin_with_distance_loss", {"reduction": reduction, "swap": swap}, lambda a, p, n: F.triplet_margin_with_distance_loss(
            a, p, n, distance_function=lambda x, y: (x - y).abs().sum(-1), margin=0.75, swap=swap, reduction=reduction), wave([4, 3], 5), wave([4, 3], 6), wave([4, 3], 7)))
for p in (1.0, 2.0, 3.0, float("inf")):
    cases.append(case("pdist", {"p": "inf" if p == float("inf") else p}, lambda x: F.pdist(x, p), wave([5, 3], 8)))

layer = torch.nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 11], div_value=2.0, head_bias=True).double()
seed = 10
for parameter in layer.parameters():
    parameter.data = wave(list(parameter.shape), seed) / 4
    seed += 1
target = torch.tensor([0, 4, 5, 10, 11, 19, 7])
x = wave([7, 8], 9).requires_grad_()
output, loss = layer(x, target)
gradients = torch.autograd.grad(loss, [x, *layer.parameters()])
adaptive = {"target": target.tolist(), "names": [n for n, _ in layer.named_parameters()], "output": output.tolist(), "loss": loss.item(),
            "logProb": layer.log_prob(x).flatten().tolist(), "predict": layer.predict(x).tolist(),
            "gradients": [g.flatten().tolist() for g in gradients]}
torch.manual_seed(3)
drawn = torch.nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 11], div_value=2.0)
adaptive["sums"] = [p.double().sum().item() for p in drawn.parameters()]

with open("margins.json", "w") as file:
    json.dump({"cases": cases, "adaptive": adaptive}, file, separators=(",", ":"))
