namespace Autodiff.Nn;

/// <summary>
/// Goes through named numbers, to read them into a state dictionary or to write them back: one list for both ways.
/// </summary>
public abstract class StateExchange
{
    /// <summary>A number.</summary>
    /// <param name="name">PyTorch's name.</param>
    /// <param name="value">What it is.</param>
    /// <param name="set">Changes it.</param>
    public abstract void Number(string name, double value, Action<double> set);

    /// <summary>A switch.</summary>
    /// <param name="name">PyTorch's name.</param>
    /// <param name="value">What it is.</param>
    /// <param name="set">Changes it.</param>
    public void Flag(string name, bool value, Action<bool> set)
    {
        ArgumentNullException.ThrowIfNull(set);
        Number(name, value ? 1 : 0, v => set(v != 0));
    }
}

/// <summary>Numbers to tensors of rank 0.</summary>
internal sealed class StateWriter(Dictionary<string, Tensor> target, string prefix) : StateExchange
{
    public override void Number(string name, double value, Action<double> set) =>
        target[prefix + name] = Tensor.Scalar(value);
}

/// <summary>Numbers from tensors of rank 0; all that are asked for must be there.</summary>
internal sealed class StateReader(IReadOnlyDictionary<string, Tensor> source, string prefix, string owner)
    : StateExchange
{
    public override void Number(string name, double value, Action<double> set) =>
        set(Find(source, prefix + name, owner).Item());

    internal static Tensor Find(IReadOnlyDictionary<string, Tensor> source, string key, string owner) =>
        source.TryGetValue(key, out Tensor? tensor)
        ? tensor
        : throw new ArgumentException(
            $"{owner}.LoadStateDict: '{key}' is missing. Was the dictionary saved by another kind of object?",
            nameof(source));
}
