using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Cpu;

namespace Autodiff.Tests;

/// <summary>
/// A function of the algebra under test: its formula on any carrier, and how far from the truth it may be.
/// </summary>
internal abstract class RealFunction(string name, int arity, double ulpsSingle, double ulpsDouble,
    (double Low, double High)[] ranges)
{
    public string Name => name;

    public int Arity => arity;

    /// <summary>
    /// The largest error allowed in units in the last place, on single-precision and double-precision carriers.
    /// </summary>
    public double UlpsSingle => ulpsSingle;

    public double UlpsDouble => ulpsDouble;

    /// <summary>Where the single-precision carriers are sampled.</summary>
    public (double Low, double High)[] Ranges => ranges;

    /// <summary>The value; a function of one argument ignores <paramref name="b"/>.</summary>
    public abstract S Apply<S>(S a, S b) where S : IReal<S>;

    public unsafe T[] Map<V, T>(T[] a, T[]? b = null)
        where V : struct, ILanes<V, T> where T : unmanaged
    {
        // The arrays are padded to whole vectors with their last element.
        int width = V.Width, length = (a.Length + width - 1) / width * width;
        T[] x = Pad(a, length), z = Pad(b ?? a, length), y = new T[length];
        fixed (T* px = x, pz = z, py = y)
        {
            for (int i = 0; i < length; i += width)
            {
                Apply(V.Load(px + i), V.Load(pz + i)).Store(py + i);
            }
        }

        return y[..a.Length];
    }

    public override string ToString() => name;

    private static T[] Pad<T>(T[] values, int length) =>
        [.. values, .. Enumerable.Repeat(values[^1], length - values.Length)];

    private sealed class Unary<F>(string name, double ulpsSingle, double ulpsDouble,
        params (double Low, double High)[] ranges)
        : RealFunction(name, 1, ulpsSingle, ulpsDouble, ranges)
        where F : struct, IUnaryFormula
    {
        public override S Apply<S>(S a, S b) => default(F).F(a);
    }

    private sealed class Binary<F>(string name, double ulpsSingle, double ulpsDouble,
        params (double Low, double High)[] ranges)
        : RealFunction(name, 2, ulpsSingle, ulpsDouble, ranges)
        where F : struct, IBinaryFormula
    {
        public override S Apply<S>(S a, S b) => default(F).F(a, b);
    }

    private const double Max = float.MaxValue;

    public static readonly RealFunction[] All =
    [
        new Unary<Exp>("exp", 1, 1, (-110, 100), (-1, 1)),
        new Unary<Expm1>("expm1", 1.2, 1.2, (-110, 100), (-1.5, 1.5)),
        new Unary<Log>("log", 1, 1, (0, Max), (0.4, 2.5)),
        new Unary<Log1p>("log1p", 1.6, 1.6, (-1, Max), (-0.9, 2)),
        new Unary<Sin>("sin", 1, 1, (-10, 10), (-1e6, 1e6)),
        new Unary<Cos>("cos", 1, 1, (-10, 10), (-1e6, 1e6)),
        new Unary<Tan>("tan", 2.5, 2.5, (-10, 10), (-1e5, 1e5)),
        new Unary<Atan>("atan", 1.5, 1.5, (-10, 10), (-Max, Max)),
        new Unary<Asin>("asin", 2.5, 2.5, (-1, 1)),
        new Unary<Acos>("acos", 2.5, 2.5, (-1, 1)),
        new Unary<Sinh>("sinh", 3, 3, (-90, 90), (-3, 3)),
        new Unary<Cosh>("cosh", 3, 3, (-90, 90), (-3, 3)),
        new Unary<Tanh>("tanh", 2.5, 2.5, (-12, 12), (-1, 1)),
        new Unary<Asinh>("asinh", 3, 3, (-100, 100), (-Max, Max)),
        new Unary<Acosh>("acosh", 2.5, 2.5, (1, 100), (1, Max)),
        new Unary<Atanh>("atanh", 2.5, 2.5, (-1, 1)),
        new Unary<Erf>("erf", 1.5, 1.5, (-4.5, 4.5), (-1, 1)),
        new Unary<Erfc>("erfc", 3.5, 4, (-5, 10.5), (0, 1)),
        new Unary<Exp2>("exp2", 1.2, 1.2, (-152, 129), (-1, 1)),
        new Unary<Log2>("log2", 2, 2, (0, Max), (0.4, 2.5)),
        new Unary<Log10>("log10", 2.5, 2.5, (0, Max), (0.4, 2.5)),
        new Unary<Sigmoid>("sigmoid", 2.5, 2.5, (-104, 100), (-5, 5)),
        new Unary<Softplus>("softplus", 2, 2, (-104, 100), (-5, 5)),
        new Binary<Pow>("pow", 1.3, 1.3, (0, 5)),
        new Binary<Atan2>("atan2", 2, 2, (-5, 5), (-Max, Max)),
        new Binary<Hypot>("hypot", 1.5, 1.5, (-5, 5), (-Max, Max)),
        new Binary<LogAddExp>("logaddexp", 2.5, 2.5, (0, 20)),
    ];

    public static RealFunction Named(string name) => Array.Find(All, f => f.Name == name)!;

#pragma warning disable format
    private struct Exp : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => S.Exp(x); }
    private struct Expm1 : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => S.Expm1(x); }
    private struct Log : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => S.Log(x); }
    private struct Log1p : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => S.Log1p(x); }
    private struct Sin : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => S.Sin(x); }
    private struct Cos : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => S.Cos(x); }
    private struct Tan : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => S.Tan(x); }
    private struct Atan : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => S.Atan(x); }
    private struct Asin : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => RealMath.Asin(x); }
    private struct Acos : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => RealMath.Acos(x); }
    private struct Sinh : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => RealMath.Sinh(x); }
    private struct Cosh : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => RealMath.Cosh(x); }
    private struct Tanh : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => RealMath.Tanh(x); }
    private struct Asinh : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => RealMath.Asinh(x); }
    private struct Acosh : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => RealMath.Acosh(x); }
    private struct Atanh : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => RealMath.Atanh(x); }
    private struct Erf : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => S.Erf(x); }
    private struct Erfc : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => S.Erfc(x); }
    private struct Exp2 : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => RealMath.Exp2(x); }
    private struct Log2 : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => S.Log2(x); }
    private struct Log10 : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => S.Log10(x); }
    private struct Sigmoid : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => RealMath.Sigmoid(x); }
    private struct Softplus : IUnaryFormula { public S F<S>(S x) where S : IReal<S> => RealMath.Softplus(x); }
    private struct Pow : IBinaryFormula { public S F<S>(S a, S b) where S : IReal<S> => S.Pow(a, b); }
    private struct Atan2 : IBinaryFormula { public S F<S>(S a, S b) where S : IReal<S> => RealMath.Atan2(a, b); }
    private struct Hypot : IBinaryFormula { public S F<S>(S a, S b) where S : IReal<S> => RealMath.Hypot(a, b); }
    private struct LogAddExp
        : IBinaryFormula { public S F<S>(S a, S b) where S : IReal<S> => RealMath.LogAddExp(a, b); }
#pragma warning restore format
}

/// <summary>What mpmath says: see <c>Fixtures/realmath.py</c>.</summary>
internal readonly record struct RealFixture(double A, double B, double Value, double Rest, double SlopeA, double SlopeB)
{
    private static readonly Dictionary<string, RealFixture[]> s_all = Read();

    public static RealFixture[] Of(RealFunction function) => s_all[function.Name];

    private static Dictionary<string, RealFixture[]> Read()
    {
        using BinaryReader reader =
            new(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Fixtures", "realmath.bin")));
        Dictionary<string, RealFixture[]> all = [];
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            string name = new(reader.ReadChars(reader.ReadByte()));
            RealFixture[] rows = new RealFixture[reader.ReadInt32()];
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] = new(reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(),
                    reader.ReadDouble(), reader.ReadDouble());
            }

            all.Add(name, rows);
        }

        return all;
    }
}
