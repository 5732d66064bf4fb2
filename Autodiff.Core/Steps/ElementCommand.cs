using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Cpu;

namespace Autodiff.Steps;

/// <summary>An elementwise loop. Where its operands lie alike, a replay is a jump into the loop.</summary>
internal sealed unsafe class ElementCommand : Command
{
    private readonly delegate*<DType, delegate*<void*, void**, void*, nint, void>> _find;
    private readonly delegate*<DType, LoopShape, delegate*<void*, void**, void*, nint, void>> _findShaped;
    private readonly delegate*<void*, int> _effort;
    private delegate*<void*, void**, void*, nint, void> _loop;
    private readonly byte[] _op;
    private readonly nint[] _pointers = GC.AllocateArray<nint>(Formulas.MostOperands + 1, pinned: true);
    private readonly DType _compute;

    private ElementCommand(
        delegate*<DType, delegate*<void*, void**, void*, nint, void>> find,
        delegate*<DType, LoopShape, delegate*<void*, void**, void*, nint, void>> findShaped,
        delegate*<void*, int> effort,
        byte[] op, TensorView[] views, DType compute, bool isRelu, string name, object constants)
        : base(name, constants, views, 1)
    {
        _find = find;
        _findShaped = findShaped;
        _effort = effort;
        _op = op;
        _compute = compute;
        IsRelu = isRelu;
    }

    public override bool IsPure => true;

    /// <summary>Whether this is max(0, x), which a matrix product before it can do as an epilogue.</summary>
    public bool IsRelu { get; }

    /// <summary>Whether the loop can run on the operands as they lie.</summary>
    public bool IsStraight
    {
        get
        {
            bool straight = true;
            foreach (ref readonly TensorView view in Views.AsSpan())
            {
                straight &= view.DType == _compute && view.Layout.IsContiguous;
            }

            return straight;
        }
    }

    public long Count => Views[^1].Count;

    /// <summary>The command of an operation. Its loops are asked for when the step is replayed, since a device that
    /// captures by itself needs none.</summary>
    /// <param name="op">The operation.</param>
    /// <param name="views">Its operands and its result.</param>
    /// <param name="compute">The type to compute in.</param>
    public static ElementCommand Of<TOp>(TOp op, TensorView[] views, DType compute) where TOp : unmanaged, IFormula =>
        new(&ElementLoops.Of<TOp>, &ElementLoops.Of<TOp>, &ElementLoops.EffortOf<TOp>, Pinned(op), views, compute,
            typeof(TOp) == typeof(Op1<Operations.Relu>), OperationName.Of<TOp>(), op);

    public override void Prepare()
    {
        if (_loop == null)
        {
            _loop = ElementDriver.LoopFor(
                _find(_compute), _findShaped, _effort, Unsafe.AsPointer(ref _op[0]), Count, _compute);
        }

        for (int k = 0; k < Views.Length; k++)
        {
            _pointers[k] = (nint)Address(Views[k]);
        }
    }

    public override void Run() =>
        ElementDriver.Run(
            _loop, _findShaped, _effort, Unsafe.AsPointer(ref _op[0]), Views.AsSpan(0, Views.Length - 1), Views[^1],
            _compute);

    public override bool TryLower(ref Instruction instruction)
    {
        if (!IsStraight || Count > ElementDriver.PartElements)
        {
            return false;
        }

        int arity = Views.Length - 1;
        for (int k = 0; k < arity; k++)
        {
            instruction.SetOperand(k, (void*)_pointers[k]);
        }

        nint count = WholeVectors();
        instruction.Loop = _compute.IsFloatingPoint() && count * _compute.SizeOf() == Lanes.Bytes
            ? _findShaped(_compute, LoopShape.Vector)
            : _loop;
        instruction.Op = Unsafe.AsPointer(ref _op[0]);
        instruction.Y = (void*)_pointers[arity];
        instruction.Count = count;
        return true;
    }

    /// <summary>The elements from <paramref name="first"/> on, <paramref name="n"/> of them.</summary>
    public void RunPart(nint first, nint n)
    {
        int arity = Views.Length - 1;
        nint at = first * _compute.SizeOf();
        void** x = stackalloc void*[Formulas.MostOperands];
        for (int k = 0; k < arity; k++)
        {
            x[k] = (byte*)_pointers[k] + at;
        }

        _loop(Unsafe.AsPointer(ref _op[0]), x, (byte*)_pointers[arity] + at, n);
    }

    /// <summary>
    /// The count, rounded up to whole vectors where every operand has padding: a partial vector costs more than a
    /// full one. Nobody reads what is written to the padding behind a result.
    /// </summary>
    private nint WholeVectors()
    {
        if (!_compute.IsFloatingPoint())
        {
            return (nint)Count;
        }

        int size = _compute.SizeOf(), width = Lanes.Bytes / size;
        long rounded = (Count + width - 1) / width * width;
        foreach (ref readonly TensorView view in Views.AsSpan())
        {
            var storage = (CpuStorage)view.Storage;
            long capacity = storage.IsPadded
                ? (storage.ByteLength + BufferPool.Alignment - 1) / BufferPool.Alignment * BufferPool.Alignment
                : storage.ByteLength;
            if ((view.Offset + rounded) * size > capacity)
            {
                return (nint)Count;
            }
        }

        ref readonly TensorView y = ref Views[^1];
        return rounded == Count || (y.Offset + Count) * size == y.Storage.ByteLength ? (nint)rounded : (nint)Count;
    }
}

/// <summary>
/// Elementwise loops over equally many elements, run together piece by piece, so that what one writes the next finds in
/// the cache.
/// </summary>
internal sealed class ElementChain(ElementCommand[] links) : Command("chain", 0, [], 0)
{
    /// <summary>Elements of a piece; fewer need no cutting.</summary>
    public const int Piece = 2048;

    private readonly long _count = links[0].Count;

    public override void Run() =>
        CpuThreads.For(Sizes.Parts(_count, ElementDriver.PartElements), new Part(links, _count));

    private readonly struct Part(ElementCommand[] links, long count) : IParallelBody
    {
        public void Run(int part)
        {
            long first = (long)part * ElementDriver.PartElements;
            long end = Math.Min(count, first + ElementDriver.PartElements);
            for (; first < end; first += Piece)
            {
                nint length = (nint)Math.Min(Piece, end - first);
                foreach (ElementCommand link in links)
                {
                    link.RunPart((nint)first, length);
                }
            }
        }
    }
}
