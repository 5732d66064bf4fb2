#:project ../Autodiff.Core
#:property PublishAot=false

// Twenty steps of gradient descent are a function of the learning rate, too: its derivative says how to learn the rate.
using Autodiff;

// A valley ten times as steep across as along: too small a rate crawls, too large a one flies out.
static Tensor Loss(Tensor w) => (Tensor.From(1.0, 10.0) * w.Square()).Sum() / 2;

static Tensor AfterTwentySteps(Tensor rate)
{
    Tensor w = Tensor.From(2.0, 1.0).RequireGrad();
    for (int step = 0; step < 20; step++)
    {
        Tensor gradient = Autograd.Grad([Loss(w)], [w], createGraph: true)[0]!; // recorded: it will be differentiated
        w = w - rate * gradient;
    }

    return Loss(w);
}

double logRate = Math.Log(0.02), first = 0, best = double.PositiveInfinity;
GradientCheckResult check = Autograd.GradientCheck(AfterTwentySteps, Tensor.Scalar(0.02));
for (int step = 0; step <= 60; step++)
{
    Tensor rate = Tensor.Scalar(Math.Exp(logRate));
    (Tensor loss, Tensor slope) = Autograd.ValueAndGrad(rate => AfterTwentySteps(rate).Log(), rate);
    best = Math.Min(best, Math.Exp(loss.Item()));
    first = step == 0 ? best : first;
    if (step % 10 == 0)
    {
        Console.WriteLine(
            $"rate {rate.Item():F4}: after 20 steps {Math.Exp(loss.Item()):E2}, slope of its log {slope.Item():F1}");
    }

    logRate -= 0.1 * Math.Pow(0.97, step) * Math.Sign(slope.Item()) * Math.Min(1, Math.Abs(slope.Item() * rate.Item()));
}

Console.WriteLine($"the derivative through twenty steps, beside finite differences: {check.Message}");
return check.Passed && best < first / 100 ? 0 : 1;
