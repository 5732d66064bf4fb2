using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Algebra;
using Autodiff.Gpu.Compilation;
using Autodiff.Tests.Cuda.Kernels;
using ILGPU;

#pragma warning disable CS0169, CS0414, CS0649 // fields are there to be passed, not all to be read or set

namespace Autodiff.Tests.Cuda.Compilation;

/// <summary>
/// The fields of a formula reach its kernel: those whose places differ between .NET and ILGPU, and those that no kernel
/// can be given.
/// </summary>
[Parallelizable]
public unsafe class ArgumentLayoutTests
{
    private static readonly double[] s_x = [-3, -0.5, 0, 1, 2.25, 7, 100];

    [Test]
    public void A_bool_takes_four_bytes_in_a_kernel_and_one_here() => Agrees(new Flags(true, 3, false, 0.5f));

    [Test]
    public void Fields_without_padding_are_found() => Agrees(new Packed(5, 0.25, 7, 1.5f));

    [Test]
    public void Empty_structures_in_between_are_passed_over() => Agrees(new Nested(new(2), new(0.5)));

    [Test]
    public void Fields_of_generic_structures_are_found() => Agrees(new Weighted<Half>(new(4), 3));

    [Test]
    public void Enumerations_and_small_integers_are_numbers() =>
        Agrees(new Chosen(Choice.Second, -2, 200, -40000, 1L << 40));

    [Test]
    public void Offsets_are_those_of_the_runtime()
    {
        ValueField[] fields = ValueField.Of(typeof(Flags));
        Assert.That(fields.Select(field => (field.Path, field.Type, field.Offset)), Is.EqualTo(new[]
        {
            ("Flags.Up", BasicValueType.Int1, 0), ("Flags.Steps", BasicValueType.Int8, 1),
            ("Flags.Down", BasicValueType.Int1, 2), ("Flags.By", BasicValueType.Float32, 4),
        }));
    }

    [Test]
    public void What_a_kernel_cannot_be_given_is_refused_by_name()
    {
        Assert.Multiple(() =>
        {
            Refused(new Overlaid(), "Overlaid", "StructLayout");
            Refused(new WithCharacter('c'), "WithCharacter", "._sign");
            Refused(new WithArray(), ".Table", "field of its own");
            Refused(new WithBuffer(), "WithBuffer", "fixed buffer");
            Refused(new WithPair(), ".Both", "order");
            Refused(new WithAddress(), ".At", "address");
        });

        static void Refused<TOp>(TOp op, params string[] words) where TOp : unmanaged, IUnaryFormula
        {
            NotSupportedException? refusal = Assert.Throws<NotSupportedException>(() => Run(op, EmulatedCuda.Device));
            foreach (string word in words)
            {
                Assert.That(refusal?.Message, Does.Contain(word));
            }
        }
    }

    private static void Agrees<TOp>(TOp op) where TOp : unmanaged, IUnaryFormula
    {
        foreach (DType type in new[] { DType.Float32, DType.Float64 })
        {
            double[] expected = Run(op, Device.Cpu, type);
            Assert.That(Run(op, EmulatedCuda.Device, type), Is.EqualTo(expected), $"{typeof(TOp).Name} in {type}");
        }
    }

    private static double[] Run<TOp>(TOp op, Device device, DType type = DType.Float32)
        where TOp : unmanaged, IUnaryFormula
    {
        Tensor x = Tensor.From<double>(s_x).To(type).To(device), y = Tensor.Empty(x.Shape, type, device);
        device.Backend.Map(new Of1<TOp>(op), [x.View], y.View, type);
        return Agreement.Numbers(y);
    }

    private readonly struct Flags(bool up, byte steps, bool down, float by) : IUnaryFormula
    {
        private readonly bool Up = up;
        private readonly byte Steps = steps;
        private readonly bool Down = down;
        private readonly float By = by;

        public S F<S>(S x) where S : IReal<S> => (Up ? x : -x) * S.Const(Steps) + (Down ? S.Const(100) : S.Const(By));
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private readonly struct Packed(byte a, double b, short c, float d) : IUnaryFormula
    {
        private readonly byte _a = a;
        private readonly double _b = b;
        private readonly short _c = c;
        private readonly float _d = d;

        public S F<S>(S x) where S : IReal<S> => x * S.Const(_a) + S.Const(_c) * S.Const(_d);
    }

    private readonly struct Empty;

    private readonly struct Inner(double by)
    {
        private readonly Empty _nothing = default;
        public readonly Constant By = by;
    }

    private readonly struct Nested(Inner a, Inner b) : IUnaryFormula
    {
        private readonly Empty _nothing = default;
        private readonly Inner _a = a;
        private readonly Empty _nothingEither = default;
        private readonly Inner _b = b;

        public S F<S>(S x) where S : IReal<S> => x * S.Const(_a.By) + S.Const(_b.By);
    }

    private readonly struct Half(int count)
    {
        public readonly int Count = count;
    }

    private readonly struct Weighted<T>(Half halves, double weight) : IUnaryFormula where T : unmanaged
    {
        private readonly Half _halves = halves;
        private readonly T _unread = default;
        private readonly Constant _weight = weight;

        public S F<S>(S x) where S : IReal<S> => x * S.Const(_weight) + S.Const(_halves.Count * 0.5);
    }

    private enum Choice : ushort
    {
        First,
        Second,
    }

    private readonly struct Chosen(Choice choice, sbyte a, byte c, int d, long e) : IUnaryFormula
    {
        private readonly Choice _choice = choice;
        private readonly sbyte _a = a;
        private readonly byte _c = c;
        private readonly int _d = d;
        private readonly long _e = e;

        public S F<S>(S x) where S : IReal<S> =>
            (_choice == Choice.Second ? x : -x) * S.Const(_a) + S.Const(_c) + S.Const(_d) + S.Const(_e);
    }

    private readonly struct WithCharacter(char sign) : IUnaryFormula
    {
        private readonly char _sign = sign;

        public S F<S>(S x) where S : IReal<S> => x * S.Const(_sign);
    }

    [StructLayout(LayoutKind.Explicit)]
    private readonly struct Overlaid : IUnaryFormula
    {
        [FieldOffset(0)]
        private readonly float _a;

        [FieldOffset(0)]
        private readonly int _b;

        public S F<S>(S x) where S : IReal<S> => x * S.Const(_a) + S.Const(_b);
    }

    [InlineArray(3)]
    private struct Three
    {
        private float _first;
    }

    private struct WithArray : IUnaryFormula
    {
        private Three Table;

        public S F<S>(S x) where S : IReal<S> => x * S.Const(Table[1]);
    }

    private struct WithBuffer : IUnaryFormula
    {
        private fixed float _buffer[3];

        public S F<S>(S x) where S : IReal<S> => x * S.Const(_buffer[1]);
    }

    private readonly struct WithPair : IUnaryFormula
    {
        private readonly (float, double) Both;

        public S F<S>(S x) where S : IReal<S> => x * S.Const(Both.Item2);
    }

    private readonly struct WithAddress : IUnaryFormula
    {
        private readonly nint At;

        public S F<S>(S x) where S : IReal<S> => x * S.Const(At);
    }
}
