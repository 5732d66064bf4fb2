using Autodiff.Operations;
using static Autodiff.Tests.Elementwise.OperationRow;
using R = Autodiff.Tests.Elementwise.ReferenceMath;

namespace Autodiff.Tests.Elementwise;

public static partial class OperationTable
{
    private static IEnumerable<OperationRow> Rectifiers() =>
    [
        Unary(default(Relu), x => x.Relu(), x => Math.Max(x, 0), -3, 3, x => x.ReluInPlace(), kinks: [0],
            special: [At(0, 0, 0), At(-0.0, 0, 0), At(NaN, NaN), At(Inf, Inf, 1), At(-Inf, 0, 0)]),
        Unary(default(Relu6), x => x.Relu6(), x => Math.Clamp(x, 0, 6), -3, 9, x => x.Relu6InPlace(), kinks: [0, 6],
            special: [At(0, 0, 0), At(6, 6, 0), At(NaN, NaN)]),
        Unary(new LeakyRelu(0.1), x => x.LeakyRelu(0.1), x => x > 0 ? x : 0.1 * x, -3, 3, x => x.LeakyReluInPlace(0.1),
            kinks: [0],
            special: [At(0, 0, 0.1), At(NaN, NaN), At(-Inf, -Inf, 0.1)]),
        Unary(new LeakyRelu(-0.5), x => x.LeakyRelu(-0.5), x => x > 0 ? x : -0.5 * x, -3, 3,
            x => x.LeakyReluInPlace(-0.5), kinks: [0], special: [At(0, 0, -0.5)]),
        Binary(default(Prelu), (a, b) => Tensor.Map(default(Prelu), a, b), (a, b) => a > 0 ? a : a * b, (-3, 3),
            (-0.5, 0.5), kinks: [0], takesNumbers: false),
        Unary(new Elu(1.5), x => x.Elu(1.5), x => x > 0 ? x : 1.5 * R.Expm1(x), -6, 3, x => x.EluInPlace(1.5),
            kinks: [0], special: [At(0, 0, 1.5), At(-Inf, -1.5, 0), At(NaN, NaN)]),
        Unary(new Elu(-0.5), x => x.Elu(-0.5), x => x > 0 ? x : -0.5 * R.Expm1(x), -6, 3, x => x.EluInPlace(-0.5),
            kinks: [0], special: [At(0, 0, -0.5)]),
        Unary(new Celu(2), x => x.Celu(2), x => x > 0 ? x : 2 * R.Expm1(x / 2), -6, 3, x => x.CeluInPlace(2),
            kinks: [0], special: [At(0, 0, 1)]),
        Unary(default(Selu), x => x.Selu(), x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * R.Expm1(x)), -6,
            3, x => x.SeluInPlace(), kinks: [0]),
        Unary(new Hardtanh(-1, 1), x => x.Hardtanh(), x => Math.Clamp(x, -1, 1), -3, 3, x => x.HardtanhInPlace(),
            kinks: [-1, 1], special: [At(1, 1, 0), At(-1, -1, 0), At(NaN, NaN)]),
        Unary(new Threshold(0.2, 7), x => x.Threshold(0.2, 7), x => x > 0.2 ? x : 7, -3, 3,
            x => x.ThresholdInPlace(0.2, 7), kinks: [0.2], special: [At(0.2, 7, 0), At(NaN, NaN)]),
        Unary(new Hardshrink(0.5), x => x.Hardshrink(), x => Math.Abs(x) > 0.5 ? x : 0, -2, 2, kinks: [-0.5, 0.5],
            special: [At(0.5, 0, 0), At(-0.5, 0, 0), At(NaN, NaN)]),
        Unary(new Softshrink(0.5), x => x.Softshrink(), x => Math.CopySign(Math.Max(Math.Abs(x) - 0.5, 0), x), -2, 2,
            kinks: [-0.5, 0.5], special: [At(0.5, 0, 0), At(-0.5, 0, 0), At(NaN, NaN)]),
        Unary(default(Hardsigmoid), x => x.Hardsigmoid(), x => Math.Clamp(x + 3, 0, 6) / 6, -5, 5,
            x => x.HardsigmoidInPlace(), kinks: [-3, 3], floor: 1,
            special: [At(-3, 0, 0), At(3, 1, 0), At(NaN, NaN)]),
        Unary(default(Hardswish), x => x.Hardswish(), x => x * Math.Clamp(x + 3, 0, 6) / 6, -5, 5,
            x => x.HardswishInPlace(), kinks: [-3, 3], floor: 1,
            special: [At(-3, 0, -0.5), At(3, 3, 1.5), At(NaN, NaN)]),
    ];

    private static IEnumerable<OperationRow> Smooth() =>
    [
        Unary(default(Sigmoid), x => x.Sigmoid(), R.Sigmoid, -30, 30, x => x.SigmoidInPlace(),
            special: [At(0, 0.5, 0.25), At(-Inf, 0, 0), At(Inf, 1, 0), At(NaN, NaN)]),
        Unary(default(LogSigmoid), x => x.LogSigmoid(), x => -R.Softplus(-x), -30, 30,
            special: [At(0, -Math.Log(2), 0.5), At(-Inf, -Inf, 1), At(Inf, 0, 0), At(-1000, -1000, 1)]),
        Unary(new Softplus(1, 20), x => x.Softplus(), R.Softplus, -30, 19,
            special: [At(25, 25, 1), At(0, Math.Log(2), 0.5), At(-Inf, 0, 0), At(Inf, Inf, 1)]),
        Unary(new Softplus(3, 2), x => x.Softplus(3, 2), x => 3 * x > 2 ? x : R.Softplus(3 * x) / 3, -5, 3, ulps32: 12,
            ulps64: 20, kinks: [2.0 / 3]),
        Unary(default(Softsign), x => x.Softsign(), x => x / (1 + Math.Abs(x)), -8, 8, special: [At(0, 0, 1)]),
        Unary(default(Tanhshrink), x => x.Tanhshrink(), x => x - Math.Tanh(x), -5, 5, floor: 1, special: [At(0, 0, 0)]),
        Unary(default(Silu), x => x.Silu(), x => x * R.Sigmoid(x), -30, 30, x => x.SiluInPlace(),
            special: [At(0, 0, 0.5), At(Inf, Inf), At(NaN, NaN)]),
        Unary(default(Mish), x => x.Mish(), x => x * Math.Tanh(R.Softplus(x)), -30, 30, x => x.MishInPlace(), ulps32: 4,
            special: [At(0, 0, 0.6), At(Inf, Inf)]),
        Unary(default(Gelu), x => x.Gelu(), x => 0.5 * x * R.Erfc(-x / Math.Sqrt(2)), -8, 8, ulps32: 40, ulps64: 100,
            special: [At(0, 0, 0.5), At(Inf, Inf)]),
        Unary(default(GeluTanh), x => x.Gelu(GeluApproximation.Tanh),
            x => x * R.Sigmoid(Math.Sqrt(8 / Math.PI) * (x + 0.044715 * x * x * x)), -6, 6, ulps32: 60, ulps64: 120,
            special: [At(0, 0, 0.5)]),
    ];
}
