namespace Autodiff.Tests.Reference;

public static partial class ReferenceOperations
{
    static partial void Elementwise(Registry add)
    {
        Functions(add);
        Pairs(add);
        Activations(add);
    }

    private static void Functions(Registry add)
    {
        add.Add("abs", a => a.T(0).Abs());
        add.Add("neg", a => a.T(0).Neg());
        add.Add("acos", a => a.T(0).Acos());
        add.Add("acosh", a => a.T(0).Acosh());
        add.Add("asin", a => a.T(0).Asin());
        add.Add("asinh", a => a.T(0).Asinh());
        add.Add("atan", a => a.T(0).Atan());
        add.Add("atanh", a => a.T(0).Atanh());
        add.Add("ceil", a => a.T(0).Ceil());
        add.Add("cos", a => a.T(0).Cos());
        add.Add("cosh", a => a.T(0).Cosh());
        add.Add("deg2rad", a => a.T(0).Deg2Rad());
        add.Add("erf", a => a.T(0).Erf());
        add.Add("erfc", a => a.T(0).Erfc());
        add.Add("exp", a => a.T(0).Exp());
        add.Add("exp2", a => a.T(0).Exp2());
        add.Add("expm1", a => a.T(0).Expm1());
        add.Add("floor", a => a.T(0).Floor());
        add.Add("frac", a => a.T(0).Frac());
        add.Add("isfinite", a => a.T(0).IsFinite());
        add.Add("isinf", a => a.T(0).IsInf());
        add.Add("isnan", a => a.T(0).IsNaN());
        add.Add("log", a => a.T(0).Log());
        add.Add("log10", a => a.T(0).Log10());
        add.Add("log1p", a => a.T(0).Log1p());
        add.Add("log2", a => a.T(0).Log2());
        add.Add("rad2deg", a => a.T(0).Rad2Deg());
        add.Add("reciprocal", a => a.T(0).Reciprocal());
        add.Add("rsqrt", a => a.T(0).Rsqrt());
        add.Add("sigmoid", a => a.T(0).Sigmoid());
        add.Add("sign", a => a.T(0).Sign());
        add.Add("sgn", a => a.T(0).Sign());
        add.Add("sin", a => a.T(0).Sin());
        add.Add("sinh", a => a.T(0).Sinh());
        add.Add("sqrt", a => a.T(0).Sqrt());
        add.Add("square", a => a.T(0).Square());
        add.Add("tan", a => a.T(0).Tan());
        add.Add("tanh", a => a.T(0).Tanh());
        add.Add("trunc", a => a.T(0).Trunc());
        add.Add("round", a => a.T(0).Round());
        foreach (string decimals in new[] { "0", "3", "neg_3" })
        {
            add.Add($"round/decimals_{decimals}", a => a.T(0).Round(a.Int(-1, "decimals")));
        }

        add.Add("logit", a => a.T(0).Logit(a.Has(1, "eps") ? a.Double(1, "eps") : null));
        add.Add("nan_to_num", a => a.T(0).NanToNum());
    }

    private static void Pairs(Registry add)
    {
        add.Add("add",
            a => a.Has(-1, "alpha") ? a.T(0).Add(a.T(1, "other"), a.Double(-1, "alpha")) : a.T(0).Add(a.T(1, "other")));
        add.Add("sub",
            a => a.Has(-1, "alpha") ? a.T(0).Sub(a.T(1, "other"), a.Double(-1, "alpha")) : a.T(0).Sub(a.T(1, "other")));
        add.Add("div/floor_rounding", a => a.T(0).Div(a.T(1), RoundingMode.Floor));
        add.Add("div/trunc_rounding", a => a.T(0).Div(a.T(1), RoundingMode.Trunc));
        add.Add("mul", a => a.T(0).Mul(a.T(1, "other")));
        add.Add("div/no_rounding_mode", a => a.T(0).Div(a.T(1, "other")));
        add.Add("true_divide", a => a.T(0).Div(a.T(1, "other")));
        add.Add("atan2", a => a.T(0).Atan2(a.T(1, "other")));
        add.Add("copysign", a => a.T(0).CopySign(a.T(1, "other")));
        add.Add("hypot", a => a.T(0).Hypot(a.T(1, "other")));
        add.Add("fmod", a => a.T(0).Fmod(a.T(1, "other")));
        add.Add("remainder", a => a.T(0).Remainder(a.T(1, "other")));
        add.Add("float_power", a => a.T(0).FloatPower(a.T(1, "other")));
        add.Add("pow", a => a.T(0).Pow(a.T(1, "other")));
        add.Add("logaddexp", a => a.T(0).LogAddExp(a.T(1, "other")));
        add.Add("xlogy", a => a.T(0).XLogY(a.T(1, "other")));
        add.Add("maximum", a => a.T(0).Maximum(a.T(1, "other")));
        add.Add("minimum", a => a.T(0).Minimum(a.T(1, "other")));
        add.Add("max/binary", a => a.T(0).Maximum(a.T(1, "other")));
        add.Add("min/binary", a => a.T(0).Minimum(a.T(1, "other")));
        add.Add("clamp_min", a => a.T(0).ClampMin(a.T(1, "other")));
        add.Add("clamp_max", a => a.T(0).ClampMax(a.T(1, "other")));
        add.Add("eq", a => a.T(0).Eq(a.T(1, "other")));
        add.Add("ne", a => a.T(0).Ne(a.T(1, "other")));
        add.Add("lt", a => a.T(0).Lt(a.T(1, "other")));
        add.Add("le", a => a.T(0).Le(a.T(1, "other")));
        add.Add("gt", a => a.T(0).Gt(a.T(1, "other")));
        add.Add("ge", a => a.T(0).Ge(a.T(1, "other")));
        add.Add("clamp", a => a.T(0).Clamp(a.OptionalTensor(1, "min"), a.OptionalTensor(2, "max")));
        add.Add("where", a => Tensor.Where(a.T(1), a.T(0), a.T(2)));
        add.Add("lerp", a => a.T(0).Lerp(a.T(1), a.T(2)));
        add.Add("addcmul", a => a.T(0).AddCMul(a.T(1), a.T(2), a.Double(-1, "value", 1)));
        add.Add("addcdiv", a => a.T(0).AddCDiv(a.T(1), a.T(2), a.Double(-1, "value", 1)));
    }

    private static void Activations(Registry add)
    {
        const string F = "nn.functional.";
        add.Add(F + "hardsigmoid", a => a.T(0).Hardsigmoid());
        add.Add(F + "hardswish", a => a.T(0).Hardswish());
        add.Add(F + "mish", a => a.T(0).Mish());
        add.Add(F + "relu", a => a.T(0).Relu());
        add.Add(F + "relu6", a => a.T(0).Relu6());
        add.Add(F + "selu", a => a.T(0).Selu());
        add.Add(F + "silu", a => a.T(0).Silu());
        add.Add(F + "silu/complex", a => a.T(0).Silu());
        add.Add(F + "softsign", a => a.T(0).Softsign());
        add.Add(F + "tanhshrink", a => a.T(0).Tanhshrink());
        add.Add(F + "logsigmoid", a => a.T(0).LogSigmoid());
        add.Add(F + "celu", a => a.T(0).Celu(a.Double(1, "alpha", 1)));
        add.Add(F + "elu", a => a.T(0).Elu(a.Double(1, "alpha", 1)));
        add.Add(F + "gelu",
            a => a.T(0).Gelu(a.String(-1, "approximate") == "tanh" ? GeluApproximation.Tanh : GeluApproximation.None));
        add.Add(F + "glu", a => a.T(0).Glu(a.Int(1, "dim", -1)));
        add.Add(F + "hardshrink", a => a.T(0).Hardshrink(a.Double(1, "lambd", 0.5)));
        add.Add(F + "softshrink", a => a.T(0).Softshrink(a.Double(1, "lambd", 0.5)));
        add.Add(F + "hardtanh", a => a.T(0).Hardtanh(a.Double(1, "min_val", -1), a.Double(2, "max_val", 1)));
        add.Add(F + "leaky_relu", a => a.T(0).LeakyRelu(a.Double(1, "negative_slope", 0.01)));
        add.Add(F + "prelu", a => a.T(0).Prelu(a.T(1, "weight")));
        add.Add(F + "softplus", a => a.T(0).Softplus(a.Double(1, "beta", 1), a.Double(2, "threshold", 20)));
        add.Add(F + "threshold", a => a.T(0).Threshold(a.Double(1), a.Double(2)));
    }
}
