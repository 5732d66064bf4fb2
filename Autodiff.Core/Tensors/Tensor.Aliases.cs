using System.Runtime.CompilerServices;
using Autodiff.Steps;

namespace Autodiff;

/// <summary>
/// Views and changes in place, as PyTorch keeps them true to each other: a recorded change of a view is also one of the
/// tensor it views, and a view of a changed tensor is taken again when the tape next asks where it came from.
/// </summary>
public sealed partial class Tensor
{
    /// <summary>Where this tensor came from, for an operation that is about to be recorded on it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // every operation asks, several times
    internal Node? NodeForInput()
    {
        if (_base is not null || _isLoose || StepRecording.IsAnywhere)
        {
            BeforeInput(isComputedWith: true);
        }

        return _node;
    }

    /// <summary>Where this tensor came from, to be looked at alone.</summary>
    private Node? Origin
    {
        get
        {
            if (!_isLoose)
            {
                return NodeForInput();
            }

            BeforeInput(isComputedWith: false);
            return _node;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void BeforeInput(bool isComputedWith)
    {
        if ((_isLoose || _base is not null) && _recordedChanges != _storage.RecordedChanges)
        {
            if (!_isLoose)
            {
                TakeAgain(_base!);
            }
            else if (isComputedWith && GradMode.IsEnabled)
            {
                throw Loose("", "of memory that a recorded operation changed since, and no gradient would leave it");
            }
        }

        if (_node is null or LeafNode && _memory is { } memory)
        {
            StepRecording.Depend(this, memory);
        }
    }

    /// <summary>Whether a leaf requires grad, for the conditions of a captured step.</summary>
    internal static long SettingOfGrad(object leaf) => ((Tensor)leaf)._node is LeafNode ? 1 : 0;

    /// <summary>How many hooks look at this tensor's gradient.</summary>
    internal int HookCount => _node?.Hooks?.Count ?? 0;

    /// <summary>Its memory, unless it is a number that needs none yet.</summary>
    internal Storage? OwnMemory => _memory;

    /// <summary>Records a view of all elements of <paramref name="x"/>, some perhaps repeated.</summary>
    /// <param name="name">The operation.</param>
    /// <param name="words">The rule in words.</param>
    /// <param name="x">What is viewed.</param>
    /// <param name="view">The same view of any tensor of that shape.</param>
    /// <param name="rule">From the view's gradient to that of <paramref name="x"/>.</param>
    private Tensor RecordView(string name, string words, Tensor x, Func<Tensor, Tensor> view,
        Func<Tensor, Tensor?> rule)
    {
        if (Recording.Needed(x))
        {
            _node = new FunctionNode(name, words, this, [x.NodeForInput()], [rule], []);
        }

        return Follow(x, view);
    }

    /// <summary>
    /// Records a view of some of the elements of <paramref name="x"/>; <paramref name="view"/> takes any tensor of its
    /// shape to that part.
    /// </summary>
    private Tensor RecordPart(string name, Tensor x, Func<Tensor, Tensor> view)
    {
        if (Recording.Needed(x))
        {
            _node = new PartNode(name, this, x.NodeForInput()!, view);
        }

        return Follow(x, view);
    }

    private Tensor Follow(Tensor x, Func<Tensor, Tensor> view)
    {
        if (!SharesMemory(x))
        {
            return this;
        }

        _recordedChanges = _storage.RecordedChanges;
        if (GradMode.IsEnabled)
        {
            _base = x;
            _view = view;
            (_isLoose, _isOfHistory) = (x._isLoose, x._isOfHistory);
        }
        else if (x._node is not null || x._isLoose || GradMode.IsOffByUser)
        {
            (_isLoose, _isOfHistory) = (true, x._node is not null || x._isOfHistory);
        }

        return this;
    }

    /// <summary>
    /// Makes this a view that the tape does not follow where it shares the memory of an operand of a user's function,
    /// which has a rule of its own.
    /// </summary>
    internal void LooseFrom(ReadOnlySpan<Tensor> operands)
    {
        foreach (Tensor x in operands)
        {
            if (_memory is not null && ReferenceEquals(_memory, x._memory))
            {
                (_isLoose, _isOfHistory) = (true, _isOfHistory || x._node is not null || x._isOfHistory);
                _recordedChanges = _storage.RecordedChanges;
            }
        }
    }

    private InvalidOperationException Loose(string start, string end) => new(
        $"{start}{Describe()} is a view, taken under Tensor.NoGrad() or inside Autograd.Function, {end}. Take it where "
            + "operations are recorded, do this under Tensor.NoGrad() too, or use its Detach() or a Clone() of that.");

    private void TakeAgain(Tensor whole)
    {
        // A leaf whose data was replaced has left its old views behind.
        if (SharesMemory(whole))
        {
            using (Recorded())
            {
                ComeFrom(_view!(whole)._node);
            }
        }

        _recordedChanges = _storage.RecordedChanges;
    }

    /// <summary>Refuses a change in place that the tape could not follow.</summary>
    internal void BeforeChange(string operation, Tensor? with)
    {
        RequireOwnPlaces(operation);
        if (!GradMode.IsEnabled)
        {
            return;
        }

        _ = NodeForInput(); // updates this and all that it is a view of
        for (Tensor? x = this; x is not null; x = x._base)
        {
            if (x._node is LeafNode)
            {
                string which = ReferenceEquals(x, this) ? "is a leaf" : $"is a view of {x.Name ?? "a tensor"}, a leaf";
                throw new InvalidOperationException(
                    $"{operation} in place: {Describe()} {which} that requires grad, so changing it would lose its "
                        + "gradient. Do it under Tensor.NoGrad(), or make a new tensor.");
            }

            if (x._isLoose && (x._isOfHistory || with?.RequiresGrad == true))
            {
                throw Loose($"{operation} in place: ", "and no gradient would follow the change");
            }

            x.RequireOwnPlaces(operation);
        }

        if (with?.RequiresGrad == true && !DType.IsFloatingPoint())
        {
            throw new InvalidOperationException(
                $"{operation} in place: the {DType.DisplayName()} tensor {Describe()} can't take part in a gradient.");
        }
    }

    private void RequireOwnPlaces(string operation)
    {
        if (_layout.SharesPlaces)
        {
            throw new InvalidOperationException(
                $"{operation} in place: in the expanded tensor {Describe()} several elements share one place in "
                    + "memory. Change a Clone() of it.");
        }
    }

    /// <summary>
    /// Notes a change in place; a recorded one gives this tensor its new node, and all that it is a view of theirs.
    /// </summary>
    private void Changed(Node? node, bool recorded)
    {
        _storage.Touch(recorded);
        if (!recorded)
        {
            return;
        }

        ComeFrom(node);
        _recordedChanges = _storage.RecordedChanges;
        for (Tensor x = this; x._base is { } whole && x._view is { } view && x.SharesMemory(whole); x = whole)
        {
            whole.ComeFrom(new FunctionNode("CopySlices", "ā = g with 0 in the part, b̄ = that part of g", whole,
                [whole._node, x._node], [g => WithoutPart(g, view), g => view(g)], []));
            whole._recordedChanges = _recordedChanges;
        }
    }

    /// <summary>
    /// Gives this tensor the node of its changed elements. A retained gradient is theirs from here on; hooks stay with
    /// the old ones.
    /// </summary>
    private void ComeFrom(Node? node)
    {
        if (_retainsGrad)
        {
            _node?.Hooks?.RemoveAll(hook => ReferenceEquals(hook.Keeper, this));
            if (node is not null)
            {
                RetainGradAt(node);
            }
        }

        _node = node;
    }

    /// <summary>A copy with zeros in the part that <paramref name="view"/> shows. It is its own rule.</summary>
    private static Tensor WithoutPart(Tensor x, Func<Tensor, Tensor> view)
    {
        Tensor y = Empty(x._layout, x.DType, x.Device);
        using (Unrecorded())
        {
            y.Backend.Copy(x.View, y.View);
            view(y).FillRaw(0);
        }

        return y.Record("WithoutPart", "x̄ = g with 0 in the part", x, g => WithoutPart(g, view));
    }
}
