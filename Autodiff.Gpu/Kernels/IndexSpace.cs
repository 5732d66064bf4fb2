using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels;

/// <summary>
/// A kernel's parameters for dimensions whose sizes and steps come with the call, and the way from a flat index (below
/// 2^31) to addresses in up to two operands. Addresses take 64 bits, so a tensor may be larger than an index.
/// </summary>
internal sealed class IndexSpace
{
    private readonly PtxDivisor[] _sizes;
    private readonly Value[][] _steps;
    private readonly bool _wide;

    /// <summary>Declares the parameters.</summary>
    /// <param name="k">The kernel.</param>
    /// <param name="rank">How many dimensions.</param>
    /// <param name="operands">1 for X, 2 for X and Y.</param>
    /// <param name="wide">Whether steps take 64 bits.</param>
    public IndexSpace(KernelWriter k, int rank, int operands, bool wide)
    {
        _wide = wide;
        _sizes = new PtxDivisor[rank];
        _steps = new Value[rank][];
        for (int d = 0; d < rank; d++)
        {
            if (d > 0)
            {
                _sizes[d] = new(k);
            }

            _steps[d] = new Value[operands];
            for (int o = 0; o < operands; o++)
            {
                _steps[d][o] = k.Parameter(wide ? PtxType.S64 : PtxType.S32);
            }
        }
    }

    /// <summary>Packs what the constructor declares.</summary>
    public static void Add(ref KernelArguments arguments, List<Axis> axes, int operands, bool wide)
    {
        for (int d = 0; d < axes.Count; d++)
        {
            if (d > 0)
            {
                Divisor size = new((uint)axes[d].Size);
                arguments.Add(size.Value);
                arguments.Add(size.Magic);
                arguments.Add(size.Shift);
            }

            for (int o = 0; o < operands; o++)
            {
                long step = o == 0 ? axes[d].X : axes[d].Y;
                if (wide)
                {
                    arguments.Add(step);
                }
                else
                {
                    arguments.Add(checked((int)step));
                }
            }
        }
    }

    /// <summary>The address in X of the element that comes at a flat index.</summary>
    public Value At(Value index, Value x)
    {
        Value[] addresses = [x];
        Advance(index, addresses);
        return addresses[0];
    }

    /// <summary>The addresses in X and Y of the element that comes at a flat index.</summary>
    public (Value X, Value Y) At(Value index, Value x, Value y)
    {
        Value[] addresses = [x, y];
        Advance(index, addresses);
        return (addresses[0], addresses[1]);
    }

    private void Advance(Value index, Value[] addresses)
    {
        for (int d = _steps.Length - 1; d >= 0; d--)
        {
            Value place = index;
            if (d > 0)
            {
                (index, place) = _sizes[d].Divide(index);
            }

            for (int o = 0; o < addresses.Length; o++)
            {
                addresses[o] = Step(addresses[o], place, _steps[d][o], _wide);
            }
        }
    }

    /// <summary>address + index · step, for a step of 32 bits or, where wide, of 64.</summary>
    public static Value Step(Value address, Value index, Value step, bool wide) => wide
        ? index.To(PtxType.U64).MultiplyAdd(step.To(PtxType.U64), address)
        : KernelWriter.Current.Pure("mad.wide.s32", PtxType.U64, index, step, address);
}
