"""Writes convolutions.json: training runs of small networks of convolutions from a seed, float32, loss by loss.

    python3 convolutions.py     (PyTorch 1.13)
"""
import json
import os
import torch
from torch import nn

torch.set_num_threads(1)


def run(name, seed, shape, make, classes, optimizer, steps=20):
    torch.manual_seed(seed)
    x = torch.randn(*shape)
    y = torch.randint(classes, (shape[0],)) if classes else None
    model = make()
    optimizer = optimizer(model.parameters())
    losses = []
    for _ in range(steps):
        out = model(x)
        loss = nn.functional.cross_entropy(out, y) if classes else nn.functional.mse_loss(out, x)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {"name": name, "losses": losses}


runs = [
    run("images", 21, (16, 1, 12, 12), lambda: nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 16, (3, 5), stride=2, padding=(1, 2), groups=2), nn.ReLU(),
        nn.Conv2d(16, 16, 3, padding="same", groups=16, padding_mode="reflect"), nn.ReLU(),
        nn.Flatten(), nn.Linear(16 * 36, 5)), 5, lambda p: torch.optim.SGD(p, 0.05, momentum=0.9)),
    run("sequences", 22, (8, 3, 20), lambda: nn.Sequential(
        nn.Conv1d(3, 12, 5, stride=2, padding=4, dilation=2), nn.Tanh(),
        nn.ConvTranspose1d(12, 3, 4, stride=2, padding=1)), 0, lambda p: torch.optim.Adam(p, 0.01)),
    run("volumes", 23, (4, 2, 6, 7, 8), lambda: nn.Sequential(
        nn.Conv3d(2, 6, 3, stride=(1, 2, 2), padding=1), nn.ReLU(),
        nn.ConvTranspose3d(6, 2, 3, stride=(1, 2, 2), padding=1, output_padding=(0, 0, 1))),
        0, lambda p: torch.optim.Adam(p, 0.01)),
    run("up and down", 24, (4, 6, 9, 9), lambda: nn.Sequential(
        nn.Conv2d(6, 12, 3, stride=2, padding=1, padding_mode="circular", bias=False), nn.Tanh(),
        nn.ConvTranspose2d(12, 6, 3, stride=2, padding=1, groups=3, dilation=1)), 0, lambda p: torch.optim.SGD(p, 0.5)),
]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "convolutions.json"), "w") as f:
    json.dump({"source": f"PyTorch {torch.__version__}", "runs": runs}, f, indent=1)
