using System.Runtime.CompilerServices;

namespace Autodiff.Steps;

/// <summary>
/// Whose gradients a captured step leaves, in which tensors, and what they were when it began and ended.
/// </summary>
internal sealed class StepGradients(StepRecorder recorder)
{
    private readonly (Tensor Leaf, Tensor? Gradient)[] _ends = recorder.Ends;

    // of all leaves whose gradients the step decides, also those that host code has seen as they are at the end
    private readonly (Tensor Leaf, Tensor? Gradient)[] _left =
        [.. recorder.Leaves.Select(leaf => (leaf, leaf.GradInside))];

    private readonly (Tensor Leaf,
        Tensor? Start)[] _starts = [.. recorder.Starts.Select(pair => (pair.Key, pair.Value))];

    /// <summary>
    /// Whether each gradient that the step adds to or reads is the one (or the absence) that it was captured with.
    /// </summary>
    public bool Fit()
    {
        foreach ((Tensor leaf, Tensor? start) in _starts)
        {
            if (!ReferenceEquals(leaf.GradInside, start))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Gives leaves the gradients that they had at a place of the step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set((Tensor Leaf, Tensor? Gradient)[] gradients)
    {
        foreach ((Tensor leaf, Tensor? gradient) in gradients)
        {
            if (!ReferenceEquals(leaf.GradInside, gradient))
            {
                leaf.SetGrad(gradient);
            }
        }
    }

    /// <summary>Whether the step leaves <paramref name="gradient"/> to <paramref name="leaf"/>.</summary>
    public bool Leaves(Tensor leaf, Tensor gradient) => _left.Contains((leaf, gradient));

    /// <summary>Takes over the gradients that another recording has just left.</summary>
    public void Adopt()
    {
        foreach ((Tensor leaf, Tensor? gradient) in _left)
        {
            if (gradient is not null && leaf.GradInside is { } fresh)
            {
                Adopt(fresh, gradient);
                leaf.SetGrad(gradient);
            }
        }
    }

    /// <summary>Writes a result or a gradient over the one of the program.</summary>
    public static Tensor Adopt(Tensor fresh, Tensor result)
    {
        if (!ReferenceEquals(fresh.Storage, result.Storage))
        {
            result.Backend.Copy(fresh.View, result.View);
            result.Storage.Touch();
        }

        return result;
    }

    /// <summary>Leaves them as the step does.</summary>
    public void Leave() => Set(_ends);
}
