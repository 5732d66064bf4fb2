using Autodiff.Algebra;

namespace Autodiff.Cpu;

/// <summary>The loop of an elementwise operation or of its rules, on a few contiguous elements at a time.</summary>
/// <typeparam name="TFormula">The formula, without constants.</typeparam>
internal readonly unsafe struct RowLoop<TFormula> where TFormula : unmanaged, IFormula
{
    private readonly delegate*<void*, void**, void*, nint, void> _loop;

    public RowLoop(DType type) => _loop = ElementLoops.Of<TFormula>(type);

    /// <summary>y = f(a, b, c, d) for <paramref name="n"/> elements; y may be an operand.</summary>
    public void Run(nint n, void* y, void* a, void* b = null, void* c = null, void* d = null)
    {
        TFormula formula = default;
        void** x = stackalloc void*[4] { a, b, c, d };
        _loop(&formula, x, y, n);
    }
}
