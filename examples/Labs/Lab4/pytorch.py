# The labs' main steps in PyTorch, beside the C# code of the same names. Each region runs after those before it.
import torch

inputs = torch.tensor([[73.0, 67, 43], [91, 88, 64], [87, 134, 58], [102, 43, 37], [69, 96, 70]])
targets = torch.tensor([[56.0, 70], [81, 101], [119, 133], [22, 37], [103, 119]])

# region PrintedWeights
w = torch.tensor([[1.2687, 1.4088, -0.0919], [0.5960, -1.3285, -0.0507]], requires_grad=True)
b = torch.tensor([0.8669, -0.8363], requires_grad=True)
# endregion

# region LinearModel
def linear_model(w, b):
    return lambda inputs: inputs @ w.T + b
# endregion

# region Mse
def mse(predictions, targets):
    return (predictions - targets).square().mean()
# endregion

model = linear_model(w, b)

# region backward
loss = mse(model(inputs), targets)
loss.backward()
# endregion

# region update
with torch.no_grad():
    w -= w.grad * 1e-5
    b -= b.grad * 1e-5
# endregion

# region reset
w.grad.zero_()
b.grad.zero_()
# endregion

# region PerformOneUpdate
def perform_one_update(inputs, targets, w, b, learning_rate=1e-5):
    loss = mse(linear_model(w, b)(inputs), targets)
    loss.backward()
    with torch.no_grad():
        w -= w.grad * learning_rate
        b -= b.grad * learning_rate
        w.grad = b.grad = None
    return loss.item()
# endregion

# region TrainWithGD
def train_with_gd(inputs, targets, w, b, epochs, learning_rate=1e-5):
    return [perform_one_update(inputs, targets, w, b, learning_rate) for epoch in range(epochs)]
# endregion

# region LargestCurvature
def largest_curvature(loss, weights):
    direction = torch.ones_like(weights)
    for i in range(50):
        product = torch.autograd.functional.hvp(loss, weights, direction)[1]
        curvature = product.norm().item()
        direction = product / curvature
    return curvature
# endregion

assert abs(mse(model(inputs), targets).item() - 18617) < 5
assert abs(perform_one_update(inputs, targets, w, b) - 18617) < 5
assert train_with_gd(inputs, targets, w, b, 100)[-1] < 600
assert abs(largest_curvature(lambda v: v @ torch.diag(torch.tensor([1.0, 3.0])) @ v, torch.zeros(2)) - 6) < 1e-3
