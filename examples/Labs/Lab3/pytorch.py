# The labs' main steps in PyTorch, beside the C# code of the same names. Each region runs after those before it.
import math

import torch


# region LossAndGradient
def loss_and_gradient(theta, x, t):
    x = torch.cat([x.flatten(1), torch.ones(len(x), 1)], dim=1)
    p = torch.sigmoid(x @ theta)
    loss = -(t * torch.log(p) + (1 - t) * torch.log(1 - p)).mean()
    gradient = x.T @ (p - t) / len(x)
    return loss, gradient, p
# endregion

# region Fancy
def fancy(x, y):
    return -torch.cos(x) + torch.sin(y) + 0.1 * (x ** 2 + 2 * y ** 2)
# endregion

def rastrigin(x, y):
    return 6 + x ** 2 - 3 * torch.cos(2 * math.pi * x) + y ** 2 - 3 * torch.cos(2 * math.pi * y)

# region DescendOn
def descend_on(f, start, alpha):
    x = torch.tensor(start[0], requires_grad=True)
    y = torch.tensor(start[1], requires_grad=True)
    for step in range(50):
        f(x, y).backward()              # fills x.grad and y.grad
        with torch.no_grad():           # the update itself isn't to be differentiated
            x -= alpha * x.grad
            y -= alpha * y.grad
        x.grad = y.grad = None          # or the next backward would add to them
    return x.item(), y.item()
# endregion

# region Minimize
def minimize(f, start, method, steps=50, schedule=None):
    x = torch.tensor(start[0], requires_grad=True)
    y = torch.tensor(start[1], requires_grad=True)
    optimizer = method([x, y])
    scheduler = schedule(optimizer) if schedule else None
    for step in range(steps):
        f(x, y).backward()
        optimizer.step()
        optimizer.zero_grad()
        if scheduler:
            scheduler.step()            # after the optimizer's step
    return x.item(), y.item()
# endregion

# region adam
adam = minimize(fancy, (-4.0, 4.0), lambda p: torch.optim.Adam(p, lr=0.5))
# endregion

# region decay
corner = (-2.45, -2.45)
without = minimize(rastrigin, corner, lambda p: torch.optim.Adam(p, lr=0.19322))
decayed = minimize(rastrigin, corner, lambda p: torch.optim.Adam(p, lr=0.19322, weight_decay=9.982))
# endregion

# region schedule
fixed_rate = minimize(fancy, (-4.0, 4.0), lambda p: torch.optim.SGD(p, lr=2))
fading = minimize(
    fancy, (-4.0, 4.0), lambda p: torch.optim.SGD(p, lr=2),
    schedule=lambda optimizer: torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.8))
# endregion

# region Misclassified
def misclassified(theta, x, t):
    x = torch.cat([x.flatten(1), torch.ones(len(x), 1)], dim=1)
    p = torch.sigmoid(x @ theta)
    losses = -torch.log(torch.where(t == 1, p, 1 - p))
    return (losses > 1).nonzero().flatten(), p
# endregion

images, labels = torch.rand(6, 28, 28), torch.tensor([0.0, 1, 0, 1, 1, 0])
theta = torch.full((785,), 0.01)
loss, gradient, _ = loss_and_gradient(theta, images, labels)
theta.requires_grad_()
loss_and_gradient(theta, images, labels)[0].backward()
assert torch.allclose(theta.grad, gradient, atol=1e-5)
assert descend_on(fancy, (-4.0, 4.0), 0.7)[1] < 0
assert abs(adam[0]) < 0.5 and abs(decayed[0]) < abs(without[0])
assert misclassified(theta, images, labels)[1].shape == (6,)
