# The labs' main steps in PyTorch, beside the C# code of the same names. Each region runs after those before it.
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

steps = 1000


def f(x):
    return x ** 2


# region Minimize
def minimize(f, start):
    x = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([x], line_search_fn="strong_wolfe")
    calls = 0

    def closure():
        nonlocal calls
        calls += 1
        optimizer.zero_grad()
        loss = f(x).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return x.detach(), calls
# endregion

# region DescendByAutodiff
def descend_by_autodiff(start):
    x = torch.tensor(start, requires_grad=True)
    values = []
    for step in range(steps):
        y = f(x)
        y.backward()
        with torch.no_grad():
            x -= 0.01 * x.grad
        x.grad = None
        values.append(y.item())
    return x.item(), values
# endregion

# region DescendByOptimizer
def descend_by_optimizer(f, start, learning_rate=0.01):
    x = start.requires_grad_()
    optimizer = torch.optim.SGD([x], lr=learning_rate)
    values = []
    for step in range(steps):
        y = f(x)
        y.backward()
        optimizer.step()
        optimizer.zero_grad()
        values.append(y.item())
    return x.detach(), values
# endregion

# region F2
def f2(x):
    return (x[0] + x[1] + x[2] + x[3] + x[4]) ** 2
# endregion

# region MyOwnMlp
class MyOwnMlp(torch.nn.Module):
    def __init__(self, hidden=100):
        super().__init__()
        self.w1 = torch.nn.Parameter(torch.normal(0, 0.1, (1, hidden)))
        self.b1 = torch.nn.Parameter(torch.normal(0, 0.1, (hidden,)))
        self.w2 = torch.nn.Parameter(torch.normal(0, 0.1, (hidden, 1)))
        self.b2 = torch.nn.Parameter(torch.normal(0, 0.1, (1,)))

    def forward(self, x):
        return torch.relu(x @ self.w1 + self.b1) @ self.w2 + self.b2
# endregion

# region CustomDataset
class CustomDataset(Dataset):
    def __init__(self, data_x, data_y):
        self.data_x, self.data_y = data_x, data_y

    def __len__(self):
        return len(self.data_x)

    def __getitem__(self, index):
        return self.data_x[index], self.data_y[index]
# endregion

# region RunPipeline
def run_pipeline(inputs, targets, batch_size, epochs):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = torch.nn.Sequential(torch.nn.Linear(1, 100), torch.nn.ReLU(), torch.nn.Linear(100, 1)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    loss_function = torch.nn.MSELoss()
    loader = DataLoader(TensorDataset(inputs, targets), batch_size, shuffle=True)
    losses = []
    for epoch in range(epochs):
        total = 0
        for x, y in loader:
            loss = loss_function(model(x.to(device)), y.to(device))
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            total += loss.item()
        losses.append(total / len(loader))
    return model, losses
# endregion

# region Perceptron
def perceptron():
    return torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(28 * 28, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
# endregion

# region Convolutional
def convolutional():
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(8, 16, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(16 * 7 * 7, 10))
# endregion

# region Shifted
def shifted(images, most=4):
    by = torch.randint(0, 2 * most + 1, (len(images), 2)).tolist()
    framed = torch.nn.functional.pad(images, (most,) * 4, value=images.min().item())
    return torch.stack([image[:, i:i + 28, j:j + 28] for image, (i, j) in zip(framed, by)])
# endregion

# region TrainOnImages
def train_on_images(model, images, labels, augment, epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
    loader = DataLoader(TensorDataset(images, labels), 50, shuffle=True)
    for epoch in range(epochs):
        for x, y in loader:
            loss = torch.nn.functional.cross_entropy(model(shifted(x) if augment else x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
# endregion

assert abs(minimize(f, 2.0)[0].item()) < 1e-6
assert abs(descend_by_autodiff(2.0)[0] - descend_by_optimizer(f, torch.tensor(2.0))[0]) < 1e-8
assert descend_by_optimizer(f2, torch.arange(1.0, 6, dtype=torch.float64))[1][-1] < 1e-20
points = torch.rand(80, 1)
assert MyOwnMlp()(points).shape == (80, 1)
assert len(DataLoader(CustomDataset(points, points), 10)) == 8
assert run_pipeline(points, points, 10, 20)[1][-1] < 0.1
images, labels = torch.rand(100, 1, 28, 28), torch.arange(100) % 2
images[labels == 1, :, :14] = 0
for network in perceptron(), convolutional():
    train_on_images(network, images, labels, True, 10)
    assert (network(images).argmax(1) == labels).float().mean() > 0.95
