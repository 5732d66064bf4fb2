# The labs' main steps in PyTorch, beside the C# code of the same names. Each region runs after those before it.
import torch
from torch.autograd.functional import hessian, jacobian, vjp


# region Slope
def slope(f, at):
    x = torch.tensor(float(at), requires_grad=True)
    f(x).backward()
    return x.grad.item()
# endregion

# region Model
def model(theta, x):
    return sum(theta[k] * x ** k for k in range(len(theta)))
# endregion

# region SquaredErrors
def squared_errors(predictions, targets):
    return (targets - predictions) ** 2
# endregion

# region Average
def average(errors):
    return errors.mean()
# endregion

x, y = torch.tensor([-1.0, 0, 2]), torch.tensor([2.0, 1, 5])
theta = torch.tensor([1.0, 1, 1])

# region jacobians
predictions = model(theta, x)
errors = squared_errors(predictions, y)
jacobian_of_model = jacobian(lambda t: model(t, x), theta)
jacobian_of_errors = jacobian(lambda p: squared_errors(p, y), predictions)
jacobian_of_average = jacobian(average, errors)
product = jacobian_of_average @ jacobian_of_errors @ jacobian_of_model
# endregion

# region vjp
v = torch.tensor(1.0)
_, by_errors = vjp(average, errors, v)
_, by_predictions = vjp(lambda p: squared_errors(p, y), predictions, by_errors)
_, by_theta = vjp(lambda t: model(t, x), theta, by_predictions)
# endregion

# region backward
theta.requires_grad_()
loss = average(squared_errors(model(theta, x), y))
loss.backward()
# endregion

# region OwnSquaredErrors
class OwnSquaredErrors(torch.autograd.Function):
    @staticmethod
    def forward(ctx, predictions, targets):
        ctx.save_for_backward(predictions, targets)
        return (targets - predictions) ** 2

    @staticmethod
    def backward(ctx, g):
        predictions, targets = ctx.saved_tensors
        return g * 2 * (predictions - targets), g * 2 * (targets - predictions)
# endregion

# region FitWithTensors
def fit_with_tensors(predict, targets, optimizer, steps):
    losses = []
    for step in range(steps):
        optimizer.zero_grad()
        loss = average(squared_errors(predict(), targets))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
# endregion

# region hessian
second = hessian(lambda t: average(squared_errors(model(t, x), y)), torch.zeros(3))
# endregion

assert abs(slope(lambda x: x * x, 2) - 4) < 1e-6
assert torch.allclose(product, theta.grad) and torch.allclose(by_theta, theta.grad)
own = torch.tensor([1.0, 1, 1], dtype=torch.float64, requires_grad=True)
assert torch.autograd.gradcheck(lambda t: OwnSquaredErrors.apply(model(t, x.double()), y.double()), own)
start = torch.zeros(3, requires_grad=True)
assert fit_with_tensors(lambda: model(start, x), y, torch.optim.SGD([start], lr=0.01), 5000)[-1] < 0.01
assert torch.allclose(second, second.T)
