#:project ../Autodiff.Nn
#:property PublishAot=false

// The backward pass of a network, written out. Every gradient on the way has the very bits that the tape finds.
using Autodiff;
using Autodiff.Nn;

Tensor.ManualSeed(1);
Tensor x = Tensor.Randn([64, 1]), target = x.Sin();
Linear one = new(1, 16), two = new(16, 8), three = new(8, 1);

Tensor z1 = one.Forward(x), h1 = z1.Relu(), z2 = two.Forward(h1), h2 = z2.Relu(), y = three.Forward(h2);
Tensor error = y - target, loss = error.Square().Mean();
foreach (Tensor inner in new[] { z1, h1, z2, h2, y, error })
{
    inner.RetainGrad();
}

loss.Backward();
bool same = true;
using (Tensor.NoGrad())
{
    Tensor gError = (error + error) * (1.0 / 64);               // the mean's 1/n times the square's 2 e
    Check("error", gError, error.Grad);
    Check("y", gError, y.Grad);                                 // a difference passes it on
    Tensor g2 = Layer("three", three, gError, h2);
    Check("h2", g2, h2.Grad);
    g2 = Tensor.Where(h2 > 0, g2, 0);                           // relu lets through what it let through before
    Check("z2", g2, z2.Grad);
    Tensor g1 = Layer("two", two, g2, h1);
    Check("h1", g1, h1.Grad);
    g1 = Tensor.Where(h1 > 0, g1, 0);
    Check("z1", g1, z1.Grad);
    Layer("one", one, g1, x);
}

return same ? 0 : 1;

// y = x wᵀ + b: the weight's gradient is gᵀ x, the bias's is g summed over the rows, the input's is g w.
Tensor Layer(string name, Linear layer, Tensor g, Tensor input)
{
    Check($"{name}.weight", g.T.MatMul(input), layer.Weight.Grad);
    Check($"{name}.bias", g.Sum(0), layer.Bias!.Grad);
    return g.MatMul(layer.Weight);
}

void Check(string name, Tensor byHand, Tensor? byTape)
{
    bool equal = Tensor.Equal(byHand, byTape!);
    same &= equal;
    Console.WriteLine($"{name,-12} {byHand.Shape,-8} {(equal ? "the same bits" : "differs")}");
}
