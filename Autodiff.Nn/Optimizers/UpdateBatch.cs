using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Algebra;
using Autodiff.Backends;

namespace Autodiff.Nn;

/// <summary>Gathers parameters whose step has the same coefficients, and gives them to the backend together.</summary>
internal struct UpdateBatch<TRule>(UpdateOperands[] room) where TRule : unmanaged, IUpdateRule
{
    private readonly UpdateOperands[] _operands = room;
    private TRule _rule;
    private IBackend? _backend;
    private int _count;

    public void Add(TRule rule, IBackend backend, in UpdateOperands operands)
    {
        if (_count == _operands.Length || !ReferenceEquals(backend, _backend) || !SameCoefficients(rule))
        {
            Flush();
            _rule = rule;
            _backend = backend;
        }

        _operands[_count++] = operands;
    }

    public void Flush()
    {
        if (_count > 0)
        {
            _backend!.Update(_rule, new ReadOnlySpan<UpdateOperands>(_operands, 0, _count));
            Array.Clear(_operands, 0, _count); // keeps no storage alive
            _count = 0;
        }
    }

    // A rule is doubles only, so equal bytes are equal coefficients.
    private readonly bool SameCoefficients(TRule rule) =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<TRule>(in rule)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<TRule>(in _rule)));
}
