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
        if (_base is not null || StepRecording.IsAnywhere)
        {
            BeforeInput();
        }

        return _node;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void BeforeInput()
    {
        if (_base is not null && _recordedChanges != _storage.RecordedChanges)
        {
            TakeAgain(_base);
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
        if (!GradMode.IsEnabled)
        {
            _isLoose = (x._node is not null || x._isLoose) && SharesMemory(x);
        }
        else if (SharesMemory(x))
        {
            _base = x;
            _view = view;
            _recordedChanges = _storage.RecordedChanges;
        }

        return this;
    }

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

        _ = NodeForInput(); // brings this and all that it is a view of up to date
        for (Tensor? x = this; x is not null; x = x._base)
        {
            if (x._node is LeafNode)
            {
                string which = ReferenceEquals(x, this) ? "is a leaf" : $"is a view of {x.Name ?? "a tensor"}, a leaf";
                throw new InvalidOperationException(
                    $"{operation} in place: {Describe()} {which} that requires grad, so changing it would lose its "
                        + "gradient. Do it under Tensor.NoGrad(), or make a new tensor.");
            }

            if (x._isLoose && with?.RequiresGrad == true)
            {
                throw new InvalidOperationException(
                    $"{operation} in place: {Describe()} is a view, taken under Tensor.NoGrad(), of a tensor that "
                        + "requires grad, which the gradient would not reach. Take the view where the change is "
                        + "recorded, or change it under Tensor.NoGrad() too.");
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
