using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>
/// Every elementwise operation that TensorPrimitives has too, both from memory to memory that is there already.
/// </summary>
internal static class ElementwiseSection
{
    private const string Section = "Elementwise operations, 64 Ki float32";
    private const int Count = 64 * 1024, Placements = 12;

    private delegate void Unary(ReadOnlySpan<float> x, Span<float> y);

    private delegate void Binary(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y);

    private delegate void Ternary(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, Span<float> y);

    private delegate void Test(ReadOnlySpan<float> x, Span<bool> y);

    public static void Run(Comparison comparison)
    {
        Contestants table = new(comparison);
        table.Add(default(Abs), TensorPrimitives.Abs);
        table.Add(default(Neg), TensorPrimitives.Negate);
        table.Add(default(Reciprocal), TensorPrimitives.Reciprocal, 0.5f, 4);
        table.Add(default(Square), static (x, y) => TensorPrimitives.Multiply(x, x, y));
        table.Add(default(Cube), static (x, y) => TensorPrimitives.Pow(x, 3, y));
        table.Add(default(Sqrt), TensorPrimitives.Sqrt, 0, 4);
        table.Add(default(Rsqrt), TensorPrimitives.ReciprocalSqrt, 0.5f, 4);
        table.Add(default(Deg2Rad), TensorPrimitives.DegreesToRadians);
        table.Add(default(Rad2Deg), TensorPrimitives.RadiansToDegrees);
        table.Add(default(Exp), TensorPrimitives.Exp);
        table.Add(default(Exp2), TensorPrimitives.Exp2);
        table.Add(default(Expm1), TensorPrimitives.ExpM1);
        table.Add(default(Log), TensorPrimitives.Log, 0.1f, 10);
        table.Add(default(Log2), TensorPrimitives.Log2, 0.1f, 10);
        table.Add(default(Log10), TensorPrimitives.Log10, 0.1f, 10);
        table.Add(default(Log1p), TensorPrimitives.LogP1, 0, 10);
        table.Add(default(Sin), TensorPrimitives.Sin);
        table.Add(default(Cos), TensorPrimitives.Cos);
        table.Add(default(Tan), TensorPrimitives.Tan, -1.5f, 1.5f);
        table.Add(default(Asin), TensorPrimitives.Asin, -1, 1);
        table.Add(default(Acos), TensorPrimitives.Acos, -1, 1);
        table.Add(default(Atan), TensorPrimitives.Atan);
        table.Add(default(Sinh), TensorPrimitives.Sinh);
        table.Add(default(Cosh), TensorPrimitives.Cosh);
        table.Add(default(Tanh), TensorPrimitives.Tanh);
        table.Add(default(Asinh), TensorPrimitives.Asinh);
        table.Add(default(Acosh), TensorPrimitives.Acosh, 1, 10);
        table.Add(default(Atanh), TensorPrimitives.Atanh, -0.9f, 0.9f);
        table.Add(default(Sigmoid), TensorPrimitives.Sigmoid);
        table.Add(default(Relu), static (x, y) => TensorPrimitives.Max(x, 0, y));
        table.Add(new Hardtanh(-1, 1), static (x, y) => TensorPrimitives.Clamp(x, -1, 1, y));
        table.Add(default(Floor), TensorPrimitives.Floor);
        table.Add(default(Ceil), TensorPrimitives.Ceiling);
        table.Add(default(Trunc), TensorPrimitives.Truncate);
        table.Add(default(Round), TensorPrimitives.Round);
        table.Add(default(IsFinite), TensorPrimitives.IsFinite);
        table.Add(default(IsInf), TensorPrimitives.IsInfinity);
        table.Add(default(IsNaN), TensorPrimitives.IsNaN);
        table.AddOf(new Held<Op2<Add>, Second>(default, 2),
            static (x, y) => TensorPrimitives.Add(x, 2, y), name: "Add, a number");
        table.AddOf(new Held<Op2<Mul>, Second>(default, 2),
            static (x, y) => TensorPrimitives.Multiply(x, 2, y), name: "Mul, by a number");
        table.AddOf(new Held<Op2<Div>, Second>(default, 3),
            static (x, y) => TensorPrimitives.Divide(x, 3, y), name: "Div, by a number");
        table.AddOf(new Held<Op2<Pow>, Second>(default, 2.5),
            static (x, y) => TensorPrimitives.Pow(x, 2.5f, y), 0, 4, "Pow, of a number");
        table.Add(default(Add), TensorPrimitives.Add);
        table.Add(default(Sub), TensorPrimitives.Subtract);
        table.Add(default(Mul), TensorPrimitives.Multiply);
        table.Add(default(Div), TensorPrimitives.Divide);
        table.Add(default(Maximum), TensorPrimitives.Max);
        table.Add(default(Minimum), TensorPrimitives.Min);
        table.Add(default(Fmax), TensorPrimitives.MaxNumber);
        table.Add(default(Fmin), TensorPrimitives.MinNumber);
        table.Add(default(Pow), TensorPrimitives.Pow, 0.1f, 4);
        table.Add(default(Atan2), TensorPrimitives.Atan2);
        table.Add(default(Hypot), TensorPrimitives.Hypot);
        table.Add(default(CopySign), TensorPrimitives.CopySign);
        table.Add(default(Fmod), TensorPrimitives.Remainder, 0.5f, 4);
        table.Add(default(MultiplyAdd), TensorPrimitives.FusedMultiplyAdd);
        table.Add(default(Lerp), TensorPrimitives.Lerp);
        table.Add(default(Clamp), TensorPrimitives.Clamp);
    }

    /// <summary>Adds rows. Operands lie in a range where the operation is defined.</summary>
    private sealed class Contestants(Comparison comparison)
    {
        public void Add<TOp>(TOp op, Unary peer, float from = -3, float to = 3) where TOp : unmanaged, IUnaryOp =>
            AddOf(new Op1<TOp>(op), peer, from, to);

        public void AddOf<TOp>(TOp op, Unary peer, float from = -3, float to = 3, string? name = null)
            where TOp : unmanaged, IFormula => Add(name ?? OperationName.Of<TOp>(), () =>
        {
            Operand<float> x = Values(1, from, to), y = new(0);
            TensorView source = x.View, target = y.View;
            return (() => Device.Cpu.Backend.Map(op, [source], target, DType.Float32), () => peer(x.Span, y.Span));
        });

        public void Add<TOp>(TOp op, Test peer) where TOp : unmanaged, IUnaryFormula =>
            Add(OperationName.Of<TOp>(), () =>
        {
            Operand<float> x = Values(1, -3, 3);
            Operand<bool> y = new(0);
            TensorView source = x.View, target = y.View;
            return (() => Device.Cpu.Backend.Map(new Of1<TOp>(op), [source], target, DType.Float32),
                () => peer(x.Span, y.Span));
        });

        public void Add<TOp>(TOp op, Binary peer, float from = -3, float to = 3) where TOp : unmanaged, IBinaryOp =>
            Add(OperationName.Of<TOp>(), () =>
        {
            Operand<float> a = Values(1, from, to), b = Values(2, from, to), y = new(0);
            TensorView left = a.View, right = b.View, target = y.View;
            return (() => Device.Cpu.Backend.Map(new Op2<TOp>(op), [left, right], target, DType.Float32),
                () => peer(a.Span, b.Span, y.Span));
        });

        public void Add<TOp>(TOp op, Ternary peer) where TOp : unmanaged, ITernaryOp =>
            Add(OperationName.Of<TOp>(), () =>
        {
            Operand<float> a = Values(1, -3, 3), b = Values(2, -3, 0), c = Values(3, 0, 3), y = new(0);
            TensorView first = a.View, second = b.View, third = c.View, target = y.View;
            return (() => Device.Cpu.Backend.Map(new Op3<TOp>(op), [first, second, third], target, DType.Float32),
                () => peer(a.Span, b.Span, c.Span, y.Span));
        });

        private static Operand<float> Values(int place, float from, float to)
        {
            Operand<float> operand = new(place);
            Random random = new(place);
            foreach (ref float value in operand.Span)
            {
                value = from + ((to - from) * random.NextSingle());
            }

            return operand;
        }

        private void Add(string name, Func<(Action Ours, Action Peer)> fresh)
        {
            (Action Ours, Action Peer)[] works = [.. Enumerable.Range(0, Placements).Select(_ => fresh())];
            double?[] seconds = comparison.PlacedKernels(Placements).Run(
                Contender.Of([.. works.Select(work => work.Ours)]), Contender.Of([.. works.Select(work => work.Peer)]));
            comparison.Add(Row.Of(Section, name, seconds[0] / Count * 1e9, seconds[1] / Count * 1e9, "TensorPrimitives",
                "ns/element", Better.Lower, 1, goal: 1));
        }
    }

    /// <summary>
    /// Memory of both contenders. A load that comes after a store and has the same place in its page waits for it, so
    /// a row's operands begin a quarter of a page apart.
    /// </summary>
    private sealed unsafe class Operand<T> where T : unmanaged
    {
        private const int Page = 4096;
        private readonly Tensor _tensor = Tensor.Empty(
            [Count + (Page / sizeof(T))], sizeof(T) == 1 ? DType.Bool : DType.Float32);
        private readonly int _start;

        public Operand(int quarter)
        {
            // Large tensors' memory does not move.
            nint address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(_tensor.AsSpan<T>()));
            _start = (int)(((quarter * Page / 4) - address) & (Page - 1)) / sizeof(T);
        }

        public TensorView View => _tensor.Narrow(0, _start, Count).View;

        public Span<T> Span => _tensor.AsSpan<T>().Slice(_start, Count);
    }
}
