using System.Numerics;
using Autodiff.Tests.Emulator.Execution;
using Autodiff.Tests.Emulator.Instructions;
using Autodiff.Tests.Emulator.Syntax;

namespace Autodiff.Tests.Emulator.Decoding;

/// <content>Functions of floats: roots, the approximations of the device, tests.</content>
internal static partial class InstructionSet
{
    private static Dictionary<string, Func<Reading, Instruction>> FloatDecoders() => new()
    {
        ["sqrt"] = static r => ExactOrApproximate<SquareRoot>(r),
        ["rcp"] = static r => ExactOrApproximate<Reciprocal>(r),
        ["rsqrt"] = InverseRoot,
        ["ex2"] = Approximation<Exp2>,
        ["lg2"] = Approximation<Log2>,
        ["sin"] = Approximation<Sine>,
        ["cos"] = Approximation<Cosine>,
        ["tanh"] = Approximation<HyperbolicTangent>,
        ["copysign"] = Signs,
        ["testp"] = FloatTest,
    };

    private static Instruction ExactOrApproximate<TF>(Reading r) where TF : IFloatFunction1
    {
        r.Expect(2);
        if (r.Require("rn", "approx") == "approx" && r.Suffixed(ScalarType.F64))
        {
            throw r.Error("Of f64 there is no such approximation.");
        }

        bool flush = r.Take("ftz");
        ScalarType type = r.Type();
        (int d, int a) = (r.Destination(0, type), r.Source(1, type));
        return type switch
        {
            ScalarType.F32 when flush => new Unary<float, float, Flushed1<Float1<float, TF>>>(d, a),
            ScalarType.F32 => new Unary<float, float, Float1<float, TF>>(d, a),
            ScalarType.F64 => new Unary<double, double, Float1<double, TF>>(d, a),
            _ => throw Unsuited(r, type),
        };
    }

    private static Instruction Approximation<TOp>(Reading r) where TOp : IUnary<float, float>
    {
        r.Expect(2);
        r.Require("approx");
        bool flush = r.Take("ftz");
        ScalarType type = r.Type();
        if (type != ScalarType.F32)
        {
            throw Unsuited(r, type);
        }

        (int d, int a) = (r.Destination(0, type), r.Source(1, type));
        return flush ? new Unary<float, float, Flushed1<TOp>>(d, a) : new Unary<float, float, TOp>(d, a);
    }

    private static Instruction InverseRoot(Reading r) =>
        r.Operands.Count == 2 && r.Operands[0] is RegisterOperand { Register.Type: ScalarType.F64 or ScalarType.B64 }
        && r.Take("approx") && r.Type() == ScalarType.F64
            ? new Unary<double, double, ReciprocalSquareRoot64>(r.Destination(0, ScalarType.F64),
                r.Source(1, ScalarType.F64))
            : Approximation<ReciprocalSquareRoot>(r);

    private static Instruction Signs(Reading r)
    {
        r.Expect(3);
        ScalarType type = r.Type();
        (int d, int a, int b) = (r.Destination(0, type), r.Source(1, type), r.Source(2, type));
        return type switch
        {
            ScalarType.F32 => new Binary<float, float, float, Float2<float, CopySign>>(d, a, b),
            ScalarType.F64 => new Binary<double, double, double, Float2<double, CopySign>>(d, a, b),
            _ => throw Unsuited(r, type),
        };
    }

    private static Instruction FloatTest(Reading r)
    {
        r.Expect(2);
        string what = r.Require("finite", "infinite", "number", "notanumber", "normal", "subnormal");
        ScalarType type = r.Type();
        int p = r.Destination(0, ScalarType.Pred), a = r.Source(1, type);
        return type switch
        {
            ScalarType.F32 => new Test<float>(p, a, Question<float>(what)),
            ScalarType.F64 => new Test<double>(p, a, Question<double>(what)),
            _ => throw Unsuited(r, type),
        };
    }

    private static Func<T, bool> Question<T>(string what) where T : INumberBase<T> => what switch
    {
        "finite" => T.IsFinite,
        "infinite" => T.IsInfinity,
        "number" => static x => !T.IsNaN(x),
        "notanumber" => T.IsNaN,
        "normal" => T.IsNormal,
        _ => T.IsSubnormal,
    };
}
