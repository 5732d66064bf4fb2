using Autodiff.Algebra;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels;

/// <summary>Elements that move to or from positions which a tensor of int64 gives.</summary>
internal static class IndexingKernels
{
    public const int Threads = 256;

    /// <summary>y[..., i, ...] = x[..., index[..., i, ...], ...]. Operands: index, x without its axis, y.</summary>
    public static void Gather(KernelWriter k, ElementVariant variant)
    {
        DType type = variant.TypeOf(2);
        int size = type.SizeOf();
        ElementIndex places = new(k, variant, 3);
        Value axisStep = k.Parameter(PtxType.S64), groups = k.Parameter(PtxType.U32);
        k.Bounds(Threads);
        Value group = k.BlockX * Threads + k.ThreadX;
        k.If(group < groups, () =>
        {
            Value[] at = places.Coordinates(group);
            Value[] index = places.Load(0, DType.Int64, places.Address(0, at));
            Value x = places.Address(1, at);
            Value[] starts = [.. index.Select(i => k.At(x, i * axisStep, size))];

            // Where one index serves the whole group, its elements are neighbours as those of y are.
            Value[] values = starts.Length == 1
                ? places.Load(1, type, starts[0])
                : [.. starts.Select((start, i) => ElementAccess.Load(k, type, type, places.Neighbour(1, start, i)))];
            Value[] row = values.Length == variant.Width ? values : [.. Enumerable.Repeat(values[0], variant.Width)];
            places.Store(2, type, places.Address(2, at), row);
        });
    }

    /// <summary>
    /// y[..., index[i], ...] = or += source[..., i, ...], one thread for all i of a line along the axis, in their
    /// order. Operands: index, source, y, all without the axis.
    /// </summary>
    public static void ScatterLines(KernelWriter k, ElementVariant variant, bool add)
    {
        DType type = variant.TypeOf(2);
        int size = type.SizeOf();
        ElementIndex places = new(k, variant, 3);
        Value indexStep = k.Parameter(PtxType.S64), sourceStep = k.Parameter(PtxType.S64),
            axisStep = k.Parameter(PtxType.S64);
        Value length = k.Parameter(PtxType.U32), lines = k.Parameter(PtxType.U32);
        k.Bounds(Threads);
        Value line = k.BlockX * Threads + k.ThreadX;
        k.If(line < lines, () =>
        {
            Value[] at = places.Coordinates(line);
            Value index = places.Address(0, at), source = places.Address(1, at), y = places.Address(2, at);
            k.For(Value.Constant(PtxType.U32, 0L), length, Value.Constant(PtxType.U32, 1L), i =>
            {
                Value wide = i.To(PtxType.S64);
                Value target = k.At(y,
                    k.Load(Space.Global, PtxType.S64, k.At(index, wide * indexStep, sizeof(long))) * axisStep, size);
                Value value = ElementAccess.Load(k, type, type, k.At(source, wide * sourceStep, size));
                ElementAccess.Store(k, type, type, target,
                    add ? Sum(type, ElementAccess.Load(k, type, type, target), value) : value);
            });
        });
    }

    /// <summary>
    /// The same from sorted indices: the thread at the first of equal ones goes through them, in the order of the
    /// source, since the sort was stable; of a long run of floating-point numbers all but the first go to a compensated
    /// sum. Operands: sorted indices [lines, n], the source without its axis, y without its axis.
    /// </summary>
    public static void ScatterRuns(KernelWriter k, ElementVariant variant, bool add)
    {
        DType type = variant.TypeOf(2);
        int size = type.SizeOf();
        ElementIndex places = new(k, variant, 3);
        Value keys = k.Parameter(PtxType.U64), positions = k.Parameter(PtxType.U64);
        Value sourceStep = k.Parameter(PtxType.S64), axisStep = k.Parameter(PtxType.S64);
        PtxDivisor length = new(k);
        Value n = k.Parameter(PtxType.U32), threads = k.Parameter(PtxType.U32);
        k.Bounds(Threads);
        Value thread = k.BlockX * Threads + k.ThreadX;
        k.ReturnIf(thread >= threads);
        Value[] at = places.Coordinates(thread);
        Value key = places.Address(0, at), own = k.Load(Space.Global, PtxType.S64, key);
        Value slot = ((key - keys) >> 3).To(PtxType.U32), place = length.Divide(slot).Remainder;
        k.If(place > Value.Constant(PtxType.U32, 0L),
            () => k.ReturnIf(k.Load(Space.Global, PtxType.S64, key, -sizeof(long)).EqualTo(own)));

        Value source = places.Address(1, at), target = k.At(places.Address(2, at), own * axisStep, size);
        Value end = slot - place + n;
        Variable sum = k.Variable(ElementAccess.Load(k, type, type, target)), next = k.Variable(slot),
            goes = k.Variable(Value.Constant(PtxType.U32, 1L));
        if (!add || !type.IsFloatingPoint())
        {
            Follow(() => goes.Value.NotEqualTo(0), value => sum.Set(add ? Sum(type, sum.Value, value) : value));
            ElementAccess.Store(k, type, type, target, sum.Value);
            return;
        }

        Value few = slot + Value.Constant(PtxType.U32, (long)CompensatedSum<Scalar>.From);
        Follow(() => goes.Value.NotEqualTo(0) & (next.Value < few), value => sum.Set(sum.Value + value));
        k.If(goes.Value.NotEqualTo(0), () =>
        {
            Variable rounded = k.Variable(Value.Constant(PtxType.F64, 0.0)),
                lost = k.Variable(Value.Constant(PtxType.F64, 0.0));
            Follow(() => goes.Value.NotEqualTo(0), value => Keep(Now().Add(Wide(value))));
            sum.Set(Now().Add(Wide(sum.Value)).Total.Value.To(sum.Register.Type));

            CompensatedSum<PtxReal<Double64>> Now() => new(new(rounded.Value), new(lost.Value));

            void Keep(CompensatedSum<PtxReal<Double64>> now)
            {
                rounded.Set(now.Sum.Value);
                lost.Set(now.Lost.Value);
            }
        });
        ElementAccess.Store(k, type, type, target, sum.Value);

        static PtxReal<Double64> Wide(Value value) => new(value.To(PtxType.F64));

        void Follow(Func<Value> condition, Action<Value> take) => k.While(condition, () =>
        {
            Value now = next.Value;
            Value position = k.Load(Space.Global, PtxType.S64, k.At(positions, now, sizeof(long)));
            take(ElementAccess.Load(k, type, type, k.At(source, position * sourceStep, size)));
            Value following = now + 1;
            next.Set(following);
            goes.Set(Value.Constant(PtxType.U32, 0L));
            k.If(following < end,
                () =>
                    goes.Set(k.Load(Space.Global, PtxType.S64, k.At(keys, following, sizeof(long))).EqualTo(own)
                        .To(PtxType.U32)));
        });
    }

    /// <summary>What adding means to a type in memory: "or" to bool.</summary>
    private static Value Sum(DType type, Value a, Value b) => type == DType.Bool ? a | b : a + b;
}
