#:project ../Autodiff.Core
#:property PublishAot=false

// The slope that the tape finds, beside a finite difference.
using Autodiff;

Tensor x = Tensor.Scalar(0.7).RequireGrad();
x.Name = "x";
Tensor y = (x * x).Sin() * (-x).Exp();            // y = sin(x²) e^-x
y.Backward();
Console.WriteLine(x.Grad!.Item());                // 0.379709043
Console.WriteLine(Tape.Of(y));                    // every recorded operation, its formula and its rule

static double F(double v) => Math.Sin(v * v) * Math.Exp(-v);
const double h = 1e-6;
double difference = (F(0.7 + h) - F(0.7 - h)) / (2 * h);
Console.WriteLine($"finite difference: {difference:F9}");
return Math.Abs(x.Grad.Item() - difference) < 1e-8 ? 0 : 1;
