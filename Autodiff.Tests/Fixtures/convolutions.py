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


class Generator(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.ConvTranspose2d(8, 16, 4, 1, 0, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
            nn.ConvTranspose2d(16, 8, 4, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
            nn.ConvTranspose2d(8, 1, 4, 2, 1, bias=False), nn.Tanh())


class Discriminator(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 8, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
            nn.Conv2d(8, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16), nn.LeakyReLU(0.2),
            nn.Conv2d(16, 1, 4, 1, 0, bias=False), nn.Sigmoid())


def initialize(m):
    if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(m.weight, 0.0, 0.02)
    elif isinstance(m, nn.BatchNorm2d):
        nn.init.normal_(m.weight, 1.0, 0.02)
        nn.init.zeros_(m.bias)


def dcgan(name, seed, steps=20):
    """A. Radford et al., "Unsupervised representation learning with deep convolutional generative adversarial networks" (2015)."""
    torch.manual_seed(seed)
    real = torch.tanh(torch.randn(8, 1, 16, 16))
    g, d = Generator(), Discriminator()
    g.apply(initialize)
    d.apply(initialize)
    of_g, of_d = (torch.optim.Adam(m.parameters(), 0.002, betas=(0.5, 0.999)) for m in (g, d))
    error, ones, zeros = nn.BCELoss(), torch.ones(8), torch.zeros(8)
    losses = []
    for _ in range(steps):
        of_d.zero_grad()
        fake = g(torch.randn(8, 8, 1, 1))
        loss = error(d(real).flatten(), ones) + error(d(fake.detach()).flatten(), zeros)
        loss.backward()
        of_d.step()
        of_g.zero_grad()
        wanted = error(d(fake).flatten(), ones)
        wanted.backward()
        of_g.step()
        losses += [loss.item(), wanted.item()]
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
    run("batch norms and pools", 25, (12, 3, 12, 12), lambda: nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 12, 3), nn.BatchNorm2d(12),
        nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(48, 4)), 4, lambda p: torch.optim.SGD(p, 0.05, momentum=0.9)),
    dcgan("a DCGAN pair", 26),
]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "convolutions.json"), "w") as f:
    json.dump({"source": f"PyTorch {torch.__version__}", "runs": runs}, f, indent=1)
