using System.Globalization;
using Autodiff.Algebra;

namespace Autodiff.Steps;

/// <summary>
/// The calls that a step made, with their constants and operands, to be compared with another recording of the same
/// step: where the two differ, the step depends on something that a replay would not see, usually a number of C# that
/// has changed.
/// </summary>
internal sealed class StepTrace
{
    private readonly List<Call> _calls = [];
    private readonly Dictionary<Storage, int> _own = [];

    /// <summary>
    /// The inputs' memory, and what the step makes, is told apart by its order; other memory must be the same.
    /// </summary>
    public StepTrace(ReadOnlySpan<Tensor> slots)
    {
        foreach (Tensor slot in slots)
        {
            _own.TryAdd(slot.Storage, _own.Count);
        }
    }

    /// <summary>The step made this memory.</summary>
    public void Made(Storage storage) => _own.TryAdd(storage, _own.Count);

    /// <summary>Adds a call.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="constants">What it does besides that: compared by <see cref="object.Equals(object)"/>.</param>
    /// <param name="views">Its operands.</param>
    public void Add(string name, object constants, params ReadOnlySpan<TensorView> views)
    {
        Operand[] operands = new Operand[views.Length];
        for (int i = 0; i < operands.Length; i++)
        {
            TensorView view = views[i];
            bool isOwn = _own.TryGetValue(view.Storage, out int number);
            operands[i] = new(isOwn ? number : -1, isOwn ? null : view.Storage, view.Offset, view.Layout, view.DType);
        }

        _calls.Add(new(name, constants, operands));
    }

    /// <summary>The recording has ended: the memory that the step made is not kept alive.</summary>
    public void Seal() => _own.Clear();

    /// <summary>How the other recording differs; null if it is the same step.</summary>
    public string? DifferenceTo(StepTrace other)
    {
        for (int i = 0; i < Math.Max(_calls.Count, other._calls.Count); i++)
        {
            if (i >= _calls.Count || i >= other._calls.Count || !_calls[i].Is(other._calls[i]))
            {
                string first = i < _calls.Count ? _calls[i].ToString() : "its end",
                    second = i < other._calls.Count ? other._calls[i].ToString() : "its end";
                string how = first != second
                    ? $"was {first} and then {second}"
                    : $"{first} had other operands or constants the second time";
                return string.Create(CultureInfo.InvariantCulture,
                    $"two recordings of the step differ: call {i + 1} {how}");
            }
        }

        return null;
    }

    private sealed record Call(string Name, object Constants, Operand[] Operands)
    {
        public bool Is(Call other) =>
            Name == other.Name && Constants.Equals(other.Constants) && Operands.AsSpan().SequenceEqual(other.Operands);

        public override string ToString() =>
            $"{Name}{Text} of {string.Join(", ", Operands.Select(operand => operand.Layout.Shape.ToString()))}";

        private string Text => Constants switch
        {
            IUnaryFormula formula => $" ({Formula.Of(formula)})",
            double or int or bool => string.Create(CultureInfo.InvariantCulture, $" ({Constants})"),
            _ => "",
        };
    }

    private readonly record struct Operand(int Own, Storage? Outside, long Offset, Layout Layout, DType DType)
    {
        public bool Equals(Operand other) =>
            Own == other.Own && ReferenceEquals(Outside, other.Outside) && Offset == other.Offset
                && DType == other.DType
            && Layout.SameShape(other.Layout) && Layout.Strides.AsSpan().SequenceEqual(other.Layout.Strides);

        public override int GetHashCode() => HashCode.Combine(Own, Offset, DType);
    }
}
