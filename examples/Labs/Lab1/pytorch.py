# The labs' main steps in PyTorch, beside the C# code of the same names. Each region runs after those before it.
import numpy as np
import torch

# region GradientByAutodiff
def gradient_by_autodiff(at):
    theta = torch.tensor(at, requires_grad=True)
    y = (3 * theta - 7) ** 2
    y.backward()
    return theta.grad.item()
# endregion

# region LinearData
def generate(samples, features, noise, seed):
    random = np.random.RandomState(seed)
    weights, bias = 3 * random.randn(features, 1), 5.0
    x = 2 * random.randn(samples, features)
    y = x @ weights + bias + noise * random.randn(samples, 1)
    return torch.from_numpy(x).float(), torch.from_numpy(y).float()
# endregion

x, y = generate(100, 1, 0.5, 42)

# region model
model = torch.nn.Linear(1, 1)
loss = torch.nn.MSELoss()(model(x), y)
# endregion

# region optimizer
model = torch.nn.Linear(1, 1)
loss_function = torch.nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
# endregion

# region forward
predictions = model(x)
loss = loss_function(predictions, y)
# endregion

# region backward
optimizer.zero_grad()
loss.backward()
# endregion

# region step
optimizer.step()
# endregion

# region Train
def train(model, x, y, learning_rate, epochs):
    loss_function = torch.nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    losses = []
    for epoch in range(epochs):
        loss = loss_function(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
# endregion

# region SimpleNN
class SimpleNN(torch.nn.Module):
    def __init__(self, features):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(features, 16), torch.nn.ReLU(),
            torch.nn.Linear(16, 8), torch.nn.ReLU(),
            torch.nn.Linear(8, 1))

    def forward(self, x):
        return self.layers(x)
# endregion

# region BuildLargeNetwork
def build_large_network(features, hidden, layers):
    model = torch.nn.Sequential()
    for i in range(layers):
        model.append(torch.nn.Linear(features if i == 0 else hidden, hidden))
        model.append(torch.nn.ReLU())
    return model.append(torch.nn.Linear(hidden, 1))
# endregion

# region TrainOneEpoch
def train_one_epoch(model, x, y, loss_function, optimizer):
    loss = loss_function(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss
# endregion

# region FindAnomaly
def find_anomaly(model, x, y):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    try:
        with torch.autograd.detect_anomaly():
            for epoch in range(500):
                train_one_epoch(model, x, y, torch.nn.MSELoss(), optimizer)
        return "no anomaly"
    except RuntimeError as e:
        return f"epoch {epoch + 1}: {e}"
# endregion

assert abs(gradient_by_autodiff(0.0) + 42) < 1e-5
assert train(torch.nn.Linear(1, 1), x, y, 0.1, 100)[-1] < 0.3
assert SimpleNN(1)(x).shape == (100, 1)
large = build_large_network(20, 256, 4)
assert sum(p.numel() for p in large.parameters()) == 203009
