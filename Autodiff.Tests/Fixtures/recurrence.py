"""Writes recurrence.json: recurrent layers and cells by PyTorch (1.13 on a CPU), in float64, and training runs in float32.

Tensors are not stored: element i of one with seed s is 0.7 sin(1.3 i + s). Parameters have seeds 10, 11, ... in their order, the
input 1, h 2, c 3; the gradients that come in are cos(0.7 i) for the output, cos(0.9 i) for h and cos(1.1 i) for c. Numbers are
written with 13 digits.

    python3 recurrence.py     (PyTorch 1.13)
"""
import json
import os
import torch
from torch import nn
from torch.nn.utils import rnn

torch.set_num_threads(1)
D = torch.float64


def wave(shape, seed):
    n = int(torch.tensor(shape).prod()) if len(shape) else 1
    return (0.7 * torch.sin(1.3 * torch.arange(n, dtype=D) + seed)).reshape(shape).requires_grad_()


def upstream(x, rate):
    return torch.cos(rate * torch.arange(x.numel(), dtype=D)).reshape(x.shape)


def numbers(x):
    return [float(f"{v:.13g}") for v in x.detach().flatten().tolist()]


def load(model):
    for i, p in enumerate(model.parameters()):
        p.data = wave(p.shape, 10 + i).detach()


def case(kind, options, shape, lengths=None, states=True, sorted=True):
    model = getattr(nn, kind)(**options).double()
    load(model)
    is_cell, is_lstm = kind.endswith("Cell"), kind.startswith("LSTM")
    x = wave(shape, 1)
    first = options.get("batch_first", False)
    hidden, proj = options["hidden_size"], options.get("proj_size", 0)
    if is_cell:
        lead = shape[:-1]
    else:
        lead = [options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)]
        lead += [shape[0 if first else 1]] if len(shape) == 3 else []
    hx = [wave([*lead, proj or hidden], 2)] + ([wave([*lead, hidden], 3)] if is_lstm else []) if states else []
    given = () if not states else (tuple(hx),) if is_lstm else (hx[0],)
    fed = rnn.pack_padded_sequence(x, torch.tensor(lengths), first, enforce_sorted=sorted) if lengths else x
    y = model(fed, *given)
    if is_cell:
        results = list(y) if is_lstm else [y]
    else:
        out, state = y
        out = rnn.pad_packed_sequence(out, first, -1.5, shape[1 if first else 0])[0] if lengths else out
        results = [out, *(state if is_lstm else [state])]
    rates = [0.7, 0.9, 1.1] if not is_cell else [0.9, 1.1]
    loss = sum((r * upstream(r, rate)).sum() for r, rate in zip(results, rates))
    wanted = [x, *hx, *model.parameters()]
    gradients = torch.autograd.grad(loss, wanted)
    return {"kind": kind, "options": options, "shape": shape, "lengths": lengths, "sorted": sorted, "states": states,
            "names": list(model.state_dict()), "text": str(model),
            "results": [numbers(r) for r in results], "gradients": [numbers(g) for g in gradients]}


def option(i=3, h=2, **more):
    return {"input_size": i, "hidden_size": h, **more}


cases = [
    case("RNN", option(), [3, 2, 3]),
    case("RNN", option(nonlinearity="relu", num_layers=2), [3, 2, 3]),
    case("RNN", option(bidirectional=True, bias=False), [4, 3, 3], [4, 2, 1]),
    case("RNN", option(num_layers=2, bidirectional=True), [3, 3], states=False),
    case("LSTM", option(), [3, 2, 3]),
    case("LSTM", option(bias=False, batch_first=True), [2, 3, 3], states=False),
    case("LSTM", option(num_layers=2, bidirectional=True), [2, 1, 3]),
    case("LSTM", option(bidirectional=True), [4, 3, 3], [4, 3, 1]),
    case("LSTM", option(i=2, num_layers=2, bidirectional=True, batch_first=True), [3, 4, 2], [2, 4, 1], sorted=False),
    case("LSTM", option(), [3, 3]),
    case("LSTM", option(h=3, proj_size=2, num_layers=2), [2, 2, 3]),
    case("LSTM", option(h=3, proj_size=1, bidirectional=True), [3, 3, 3], [1, 3, 2], sorted=False),
    case("GRU", option(), [3, 2, 3]),
    case("GRU", option(bias=False, num_layers=2, batch_first=True), [2, 3, 3]),
    case("GRU", option(bidirectional=True), [4, 3, 3], [3, 4, 1], sorted=False),
    case("GRU", option(num_layers=2, bidirectional=True), [3, 3], states=False),
    case("RNNCell", option(), [2, 3]), case("RNNCell", option(nonlinearity="relu", bias=False), [3]),
    case("LSTMCell", option(), [2, 3]), case("LSTMCell", option(bias=False), [3], states=False),
    case("GRUCell", option(), [2, 3]), case("GRUCell", option(bias=False), [3], states=False),
]

inits = []
for kind, options in (("LSTM", option(num_layers=2, bidirectional=True)), ("GRU", option(bias=False)), ("RNNCell", option()),
                      ("LSTM", option(h=3, proj_size=2))):
    torch.manual_seed(31)
    inits.append({"kind": kind, "options": options,
                  "values": [v for p in getattr(nn, kind)(**options).parameters() for v in p.flatten().tolist()]})


class Tagger(nn.Module):
    """A two-layer bidirectional LSTM over packed sequences, mean over time, one linear layer."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 8, num_layers=2, dropout=0.2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(16, 3)

    def forward(self, x, lengths):
        packed = rnn.pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        out, (h, c) = self.lstm(packed)
        padded, _ = rnn.pad_packed_sequence(out, batch_first=True)
        return self.head(padded.mean(1) + torch.cat([h[-2], h[-1]], 1) + c.mean(0).repeat(1, 2))


def train_lstm():
    torch.manual_seed(41)
    lengths = [3, 7, 1, 5, 7, 2]
    x, t = torch.randn(6, 7, 5), torch.randint(3, (6,))
    model = Tagger()
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    losses = []
    for _ in range(20):
        loss = nn.functional.cross_entropy(model(x, lengths), t)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


def train_gru():
    torch.manual_seed(42)
    x = torch.randn(9, 4, 3)
    gru, head = nn.GRU(3, 10), nn.Linear(10, 3)
    optimizer = torch.optim.SGD([*gru.parameters(), *head.parameters()], 0.3, momentum=0.9)
    losses = []
    for _ in range(20):
        out, _ = gru(x[:-1])
        loss = nn.functional.mse_loss(head(out), x[1:])
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "recurrence.json"), "w") as f:
    json.dump({"source": f"PyTorch {torch.__version__}", "cases": cases, "inits": inits,
               "traces": {"lstm": train_lstm(), "gru": train_gru()}}, f, separators=(",", ":"))
