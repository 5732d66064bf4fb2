namespace Autodiff.Steps;

/// <summary>
/// Whose gradients a captured step leaves, in which tensors, and what they were when it began and ended.
/// </summary>
internal sealed class StepGradients(StepRecorder recorder)
{
    private readonly (Tensor Leaf,
        Tensor Gradient)[] _gradients = [.. recorder.Gradients.Select(pair => (pair.Key, pair.Value))];

    private readonly (Tensor Leaf, Tensor? End)[] _ends =
        [.. recorder.Gradients.Where(pair => pair.Key.GradInside != pair.Value)
            .Select(pair => (pair.Key, pair.Key.GradInside))];

    private readonly (Tensor Leaf,
        Tensor? Start)[] _starts = [.. recorder.Starts.Select(pair => (pair.Key, pair.Value))];

    /// <summary>
    /// Whether each gradient that Backward adds to is the one (or the absence) that the step was captured with.
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

    /// <summary>Gives the leaves the gradients that the replay writes.</summary>
    public void Set()
    {
        foreach ((Tensor leaf, Tensor gradient) in _gradients)
        {
            if (!ReferenceEquals(leaf.GradInside, gradient))
            {
                leaf.SetGrad(gradient);
            }
        }
    }

    /// <summary>Takes over the gradients that another recording has left.</summary>
    public void Adopt(StepRecorder recorder)
    {
        foreach ((Tensor leaf, Tensor gradient) in _gradients)
        {
            if (recorder.Gradients.TryGetValue(leaf, out Tensor? fresh)
                && !ReferenceEquals(fresh.Storage, gradient.Storage))
            {
                gradient.Backend.Copy(fresh.View, gradient.View);
                gradient.Storage.Touch();
                if (ReferenceEquals(leaf.GradInside, fresh))
                {
                    leaf.SetGrad(gradient);
                }
            }
        }
    }

    /// <summary>Writes a result over the one of the program.</summary>
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
    public void Leave()
    {
        foreach ((Tensor leaf, Tensor? end) in _ends)
        {
            leaf.SetGrad(end);
        }
    }
}
