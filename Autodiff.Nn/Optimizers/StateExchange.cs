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
/// <param name="source">The state dictionary.</param>
/// <param name="prefix">What the names begin with.</param>
/// <param name="owner">Whose state it is, for messages.</param>
/// <param name="isTrial">Whether the numbers are only looked for.</param>
internal sealed class StateReader(
    IReadOnlyDictionary<string, Tensor> source, string prefix, string owner, bool isTrial = false) : StateExchange
{
    /// <summary>Reads all numbers of a state, or changes none of them.</summary>
    public static void Read(IReadOnlyDictionary<string, Tensor> source, string owner, Action<StateExchange> exchange)
    {
        ArgumentNullException.ThrowIfNull(source);
        exchange(new StateReader(source, "", owner, isTrial: true));
        exchange(new StateReader(source, "", owner));
    }

    public override void Number(string name, double value, Action<double> set)
    {
        double number = Find(source, prefix + name, owner).Item();
        if (!isTrial)
        {
            set(number);
        }
    }

    internal static Tensor Find(IReadOnlyDictionary<string, Tensor> source, string key, string owner) =>
        source.TryGetValue(key, out Tensor? tensor)
        ? tensor
        : throw new ArgumentException(
            $"{owner}.LoadStateDict: '{key}' is missing. Was the dictionary saved by another kind of object?",
            nameof(source));
}
