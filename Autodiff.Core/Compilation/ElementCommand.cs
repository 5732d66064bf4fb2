using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Backends.Cpu;

namespace Autodiff.Compilation;

/// <summary>An elementwise loop. Where its operands lie alike, a replay is a jump into the loop.</summary>
internal sealed unsafe class ElementCommand : Command
{
    private readonly delegate*<void*, void**, void*, nint, void> _loop;
    private readonly byte[] _op;
    private readonly nint[] _pointers = GC.AllocateArray<nint>(5, pinned: true);
    private readonly DType _compute;

    private ElementCommand(
        delegate*<void*, void**, void*, nint, void> loop, ReadOnlySpan<byte> op, TensorView[] views, DType compute, bool isRelu) : base(views, 1)
    {
        _loop = loop;
        _op = GC.AllocateArray<byte>(Math.Max(op.Length, 1), pinned: true);
        op.CopyTo(_op);
        _compute = compute;
        IsRelu = isRelu;
    }

    /// <summary>Whether this is max(0, x), which a matrix product before it can do on its way.</summary>
    public bool IsRelu { get; }

    /// <summary>Whether the loop can run on the operands as they lie.</summary>
    public bool IsStraight { get; private set; }

    public long Count => Views[^1].Count;

    public static ElementCommand Of<TOp>(
        delegate*<void*, void**, void*, nint, void> loop, TOp op, TensorView[] views, DType compute) where TOp : unmanaged =>
        new(loop, MemoryMarshal.AsBytes(new ReadOnlySpan<TOp>(in op)), views, compute, typeof(TOp) == typeof(Operations.Relu));

    public override void Prepare()
    {
        IsStraight = true;
        for (int k = 0; k < Views.Length; k++)
        {
            IsStraight &= Views[k].DType == _compute && Views[k].Layout.IsContiguous;
            _pointers[k] = (nint)Address(Views[k]);
        }
    }

    public override void Run()
    {
        if (IsStraight && Count <= ElementDriver.PartElements)
        {
            RunPart(0, (nint)Count);
            return;
        }

        ElementDriver.Run(_loop, Unsafe.AsPointer(ref _op[0]), Views.AsSpan(0, Views.Length - 1), Views[^1], _compute);
    }

    /// <summary>The elements from <paramref name="first"/> on, <paramref name="n"/> of them.</summary>
    public void RunPart(nint first, nint n)
    {
        int arity = Views.Length - 1;
        nint at = first * _compute.SizeOf();
        void** x = stackalloc void*[4];
        for (int k = 0; k < arity; k++)
        {
            x[k] = (byte*)_pointers[k] + at;
        }

        _loop(Unsafe.AsPointer(ref _op[0]), x, (byte*)_pointers[arity] + at, n);
    }
}

/// <summary>Elementwise loops over equally many elements, run together piece by piece, so that what one writes the next finds in the cache.</summary>
internal sealed class ElementChain(ElementCommand[] links) : Command([], 0)
{
    private const int Piece = 2048;
    private readonly long _count = links[0].Count;

    public override void Run()
    {
        if (_count <= ElementDriver.PartElements)
        {
            RunPart(links, 0, _count);
            return;
        }

        int parts = checked((int)((_count + ElementDriver.PartElements - 1) / ElementDriver.PartElements));
        CpuThreads.For(parts, new Body { Links = links, Count = _count });
    }

    private static void RunPart(ElementCommand[] links, long first, long n)
    {
        for (long done = 0; done < n; done += Piece)
        {
            nint length = (nint)Math.Min(Piece, n - done);
            foreach (ElementCommand link in links)
            {
                link.RunPart((nint)(first + done), length);
            }
        }
    }

    private struct Body : IParallelBody
    {
        public ElementCommand[] Links;
        public long Count;

        public readonly void Run(int part)
        {
            long first = (long)part * ElementDriver.PartElements;
            RunPart(Links, first, Math.Min(ElementDriver.PartElements, Count - first));
        }
    }
}

/// <summary>A matrix product, with the bias and the relu that it can do on its way.</summary>
internal sealed class MatMulCommand(TensorView[] views, bool hasBias) : Command(views, 1)
{
    private bool _relu;

    public override void Run() => CpuMatMul.Run(Views[0], Views[1], hasBias ? Views[2] : null, Views[^1], _relu);

    /// <summary>Takes over the relu that follows, if it reads just this result and the result has no other use.</summary>
    public bool Absorb(ElementCommand next, bool resultDies)
    {
        TensorView y = Views[^1];
        if (!next.IsRelu || !resultDies || !ReferenceEquals(next.Reads[0].Storage, y.Storage) || next.Reads[0].Count != y.Count
            || next.Reads[0].Offset != y.Offset || !next.Reads[0].Layout.IsContiguous || !y.Layout.IsContiguous
            || !next.Writes[0].Layout.IsContiguous || next.Writes[0].DType != y.DType)
        {
            return false;
        }

        Views[^1] = new(next.Writes[0].Storage, next.Writes[0].Offset, y.Layout, y.DType);
        _relu = true;
        return true;
    }
}
