"""Writes transformers.json.gz: attention layers, transformers and tables of PyTorch's from a seed, their results and gradients in
float64, and two training runs in float32, loss by loss.

    python3 transformers.py     (PyTorch 1.13)
"""
import gzip
import json
import math
import os
import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)


def numbers(t):
    return [float(f"{v:.12g}") for v in t.detach().double().flatten().tolist()]


def case(name, seed, make, run):
    """A module drawn in float32 from the seed, then inputs; results, and the gradients of a weighted sum of them."""
    torch.manual_seed(seed)
    module = make().double()
    results = run(module)
    results = results if isinstance(results, tuple) else (results,)
    loss = sum((r * (torch.arange(r.numel(), dtype=torch.float64).reshape(r.shape) % 7 - 3)).sum() for r in results if r is not None)
    loss.backward()
    grads = {n: [float(f"{v:.12g}") for v in (p.grad.sum().item(), p.grad.abs().sum().item())]
             for n, p in module.named_parameters() if p.grad is not None}
    return {"name": name, "results": [numbers(r) for r in results if r is not None],
            "keys": list(module.state_dict().keys()), "grads": grads}


def draw(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def causal(n):
    return torch.triu(torch.full((n, n), float("-inf"), dtype=torch.float64), 1)


PADDING = torch.tensor([[False, False, False, False, True], [False, False, True, True, True]])
FUTURE = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)


def mha(name, seed, options, run):
    return case("MultiheadAttention " + name, seed, lambda: nn.MultiheadAttention(8, 2, **options), run)


def itself(m, shape, **options):
    x = draw(*shape)
    return m(x, x, x, **options)


def other(m, q, k, v, **options):
    return m(draw(*q), draw(*k), draw(*v), **options)


layer = dict(d_model=8, nhead=2, dim_feedforward=12, dropout=0.0)
cases = [
    mha("itself", 1, {}, lambda m: itself(m, (5, 2, 8))),
    mha("batch first, all heads", 2, dict(batch_first=True), lambda m: itself(m, (2, 5, 8), average_attn_weights=False)),
    mha("without weights, masked", 3, dict(batch_first=True),
        lambda m: itself(m, (2, 5, 8), key_padding_mask=PADDING, attn_mask=FUTURE, need_weights=False)),
    mha("added masks", 4, {}, lambda m: itself(m, (5, 2, 8), key_padding_mask=PADDING, attn_mask=causal(5))),
    mha("a mask a head", 5, {}, lambda m: itself(m, (5, 2, 8), attn_mask=FUTURE.repeat(4, 1, 1))),
    mha("other keys", 6, dict(kdim=6, vdim=3), lambda m: other(m, (4, 2, 8), (5, 2, 6), (5, 2, 3), key_padding_mask=PADDING)),
    mha("memory", 7, dict(bias=False), lambda m: other(m, (4, 2, 8), (5, 2, 8), (5, 2, 8), need_weights=False)),
    mha("learned and zero keys", 8, dict(add_bias_kv=True, add_zero_attn=True),
        lambda m: itself(m, (5, 2, 8), key_padding_mask=PADDING, attn_mask=causal(5))),
    mha("no batch", 9, {}, lambda m: itself(m, (5, 8), attn_mask=FUTURE)),
    case("TransformerEncoderLayer", 11, lambda: nn.TransformerEncoderLayer(**layer), lambda m: m(draw(5, 2, 8))),
    case("TransformerEncoderLayer norm first, gelu, masked", 12,
         lambda: nn.TransformerEncoderLayer(**layer, activation="gelu", norm_first=True, batch_first=True, layer_norm_eps=1e-3),
         lambda m: m(draw(2, 5, 8), FUTURE, PADDING)),
    case("TransformerDecoderLayer", 13, lambda: nn.TransformerDecoderLayer(**layer),
         lambda m: m(draw(4, 2, 8), draw(5, 2, 8), causal(4), memory_key_padding_mask=PADDING)),
    case("TransformerDecoderLayer norm first", 14, lambda: nn.TransformerDecoderLayer(**layer, norm_first=True, batch_first=True),
         lambda m: m(draw(2, 4, 8), draw(2, 5, 8))),
    case("TransformerEncoder", 15, lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(**layer), 2, nn.LayerNorm(8)),
         lambda m: m(draw(5, 2, 8), causal(5))),
    case("TransformerDecoder", 16, lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(**layer), 2),
         lambda m: m(draw(4, 2, 8), draw(5, 2, 8))),
    case("Transformer", 17, lambda: nn.Transformer(8, 2, 2, 2, 12, dropout=0.0),
         lambda m: m(draw(5, 2, 8), draw(4, 2, 8), tgt_mask=nn.Transformer.generate_square_subsequent_mask(4).double(),
                     src_key_padding_mask=PADDING, memory_key_padding_mask=PADDING)),
    case("TransformerEncoderLayer dropout", 18,
         lambda: nn.TransformerEncoderLayer(8, 2, 12, dropout=0.3), lambda m: m(draw(5, 2, 8))),
    case("TransformerEncoderLayer dropout, norm first", 19,
         lambda: nn.TransformerEncoderLayer(8, 2, 12, dropout=0.3, norm_first=True), lambda m: m(draw(5, 2, 8))),
]

INDEX = torch.tensor([[1, 3, 0, 3], [2, 2, 5, 4], [0, 0, 0, 0]])
FLAT = torch.tensor([1, 3, 0, 3, 2, 2, 5, 0])
OFFSETS = torch.tensor([0, 3, 3, 7])


def bag(name, seed, options, run):
    return case("EmbeddingBag " + name, seed, lambda: nn.EmbeddingBag(6, 3, **options), run)


cases += [
    case("Embedding padding", 31, lambda: nn.Embedding(6, 3, padding_idx=0), lambda m: m(INDEX)),
    case("Embedding max norm", 32, lambda: nn.Embedding(6, 3, max_norm=1.0), lambda m: m(INDEX)),
    case("Embedding max norm of type 1", 33, lambda: nn.Embedding(6, 3, max_norm=1.5, norm_type=1.0), lambda m: m(INDEX)),
    case("Embedding frequency", 34, lambda: nn.Embedding(6, 3, scale_grad_by_freq=True, padding_idx=-6), lambda m: m(INDEX)),
]
for number, mode in enumerate(["sum", "mean", "max"]):
    cases += [
        bag(mode + " rows", 40 + number, dict(mode=mode), lambda m: m(INDEX)),
        bag(mode + " rows, padding", 43 + number, dict(mode=mode, padding_idx=0), lambda m: m(INDEX)),
        bag(mode + " offsets", 46 + number, dict(mode=mode), lambda m: m(FLAT, OFFSETS)),
        bag(mode + " offsets, padding", 49 + number, dict(mode=mode, padding_idx=0), lambda m: m(FLAT, OFFSETS)),
        bag(mode + " offsets, last", 52 + number, dict(mode=mode, include_last_offset=True),
            lambda m: m(FLAT, torch.tensor([0, 3, 3, 8]))),
    ]
cases += [
    bag("sum weighted", 55, dict(mode="sum"), lambda m: m(FLAT, OFFSETS, draw(8))),
    bag("sum weighted rows", 56, dict(mode="sum", padding_idx=3), lambda m: m(INDEX, None, draw(3, 4))),
    bag("mean max norm", 57, dict(mode="mean", max_norm=1.0), lambda m: m(INDEX)),
]


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 16, padding_idx=0)
        layer = nn.TransformerEncoderLayer(16, 4, 32, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, nn.LayerNorm(16))
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.size(1))
        return self.head(self.encoder(self.embed(x), mask, x == 0).mean(1))


class Block(nn.Module):
    def __init__(self, e, heads):
        super().__init__()
        self.ln_1, self.attn, self.proj = nn.LayerNorm(e), nn.Linear(e, 3 * e), nn.Linear(e, e)
        self.ln_2, self.fc, self.out = nn.LayerNorm(e), nn.Linear(e, 4 * e), nn.Linear(4 * e, e)
        self.heads = heads

    def forward(self, x):
        n, t, e = x.shape
        q, k, v = (p.view(n, t, self.heads, e // self.heads).transpose(1, 2) for p in self.attn(self.ln_1(x)).split(e, 2))
        s = (q @ k.transpose(-2, -1)) / math.sqrt(k.size(-1))
        s = s.masked_fill(torch.triu(torch.ones(t, t, dtype=torch.bool), 1), float("-inf"))
        x = x + self.proj((F.softmax(s, -1) @ v).transpose(1, 2).reshape(n, t, e))
        return x + self.out(F.gelu(self.fc(self.ln_2(x))))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(23, 24), nn.Embedding(12, 24)
        self.h = nn.ModuleList([Block(24, 3) for _ in range(2)])
        self.ln_f = nn.LayerNorm(24)
        for name, p in self.named_parameters():
            if p.dim() > 1:
                nn.init.normal_(p, 0, 0.02)

    def forward(self, x):
        y = self.wte(x) + self.wpe(torch.arange(x.size(1)))
        for block in self.h:
            y = block(y)
        return F.linear(self.ln_f(y), self.wte.weight)


def train(name, seed, make, data, optimizer, steps=20):
    torch.manual_seed(seed)
    x, y = data()
    model = make()
    optimizer = optimizer(model.parameters())
    losses = []
    for _ in range(steps):
        out = model(x)
        loss = F.cross_entropy(out.reshape(-1, out.size(-1)), y.reshape(-1))
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {"name": name, "losses": losses}


def sequences():
    x = torch.randint(1, 20, (8, 9))
    for row in range(8):
        x[row, 9 - row % 4:] = 0
    return x, torch.randint(3, (8,))


def text():
    x = torch.randint(23, (4, 13))
    return x[:, :-1], x[:, 1:]


runs = [
    train("encoder", 61, Encoder, sequences, lambda p: torch.optim.SGD(p, 0.05, momentum=0.9)),
    train("decoder", 62, Decoder, text, lambda p: torch.optim.AdamW(p, 1e-3, betas=(0.9, 0.95), weight_decay=0.1)),
]
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "transformers.json.gz")
with open(path, "wb") as f, gzip.GzipFile("", "wb", 9, f, mtime=0) as z:
    z.write(json.dumps({"source": f"PyTorch {torch.__version__}", "cases": cases, "runs": runs}).encode())
