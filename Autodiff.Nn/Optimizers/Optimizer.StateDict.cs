using System.Globalization;

namespace Autodiff.Nn;

public abstract partial class Optimizer
{
    private const string StatePrefix = "state.", GroupPrefix = "param_groups.";

    /// <summary>The names of those entries of <see cref="ParameterState"/> that are numbers.</summary>
    protected virtual IReadOnlyCollection<string> StateNumbers => [];

    /// <summary>
    /// Everything that a run needs to go on from here, as named tensors, fit for a safetensors file: options under
    /// <c>param_groups.0.lr</c>, state under <c>state.3.exp_avg</c> (parameters counted through all groups), with
    /// PyTorch's names. Copies: later steps don't change them.
    /// </summary>
    public Dictionary<string, Tensor> StateDict()
    {
        Saving();
        Dictionary<string, Tensor> entries = [];
        int number = 0;
        for (int i = 0; i < BaseGroups.Count; i++)
        {
            ParameterGroup group = BaseGroups[i];
            string prefix = Invariant($"{GroupPrefix}{i}.");
            group.Options.Exchange(new StateWriter(entries, prefix));
            if (group.InitialLearningRate is { } initial)
            {
                entries[prefix + "initial_lr"] = Tensor.Scalar(initial);
            }

            long[] numbers = new long[group.ParameterArray.Length];
            for (int k = 0; k < numbers.Length; k++, number++)
            {
                numbers[k] = number;
                if (States.TryGetValue(group.ParameterArray[k], out ParameterState? state))
                {
                    Save(state, Invariant($"{StatePrefix}{number}."), entries);
                }
            }

            entries[prefix + "params"] = Tensor.From(numbers);
        }

        return entries;
    }

    /// <summary>
    /// Takes options and state from a dictionary that <see cref="StateDict"/> of such an optimizer gave; tensors are
    /// copied.
    /// </summary>
    /// <exception cref="ArgumentException">Groups, parameters or shapes differ; nothing has changed then.</exception>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> stateDict)
    {
        ArgumentNullException.ThrowIfNull(stateDict);
        string owner = GetType().Name;
        RequireSameGroups(stateDict, owner);
        Dictionary<Tensor, ParameterState> loaded = ReadStates(stateDict, owner);
        Check(loaded.Values);
        OptimizerOptions[] options = new OptimizerOptions[BaseGroups.Count];
        double?[] initial = new double?[options.Length];
        for (int i = 0; i < options.Length; i++)
        {
            options[i] = BaseGroups[i].Options with { };
            string prefix = Invariant($"{GroupPrefix}{i}.");
            options[i].Exchange(new StateReader(stateDict, prefix, owner));
            options[i].Validate();
            initial[i] = stateDict.TryGetValue(prefix + "initial_lr", out Tensor? rate) ? rate.Item() : null;
        }

        // All is read and found good; from here on nothing can fail.
        for (int i = 0; i < options.Length; i++)
        {
            BaseGroups[i].Options.Exchange(new StateReader(stateDict, Invariant($"{GroupPrefix}{i}."), owner));
            BaseGroups[i].InitialLearningRate = initial[i];
        }

        States.Clear();
        foreach (ParameterGroup group in BaseGroups)
        {
            Array.Clear(group.Known);
        }

        foreach ((Tensor parameter, ParameterState state) in loaded)
        {
            States.Add(parameter, state);
        }

        Loaded();
    }

    /// <summary>Called before the state is saved, to bring it into <see cref="States"/>.</summary>
    private protected virtual void Saving()
    {
    }

    /// <summary>Refuses states that fit one by one, but not each other.</summary>
    private protected virtual void Check(IEnumerable<ParameterState> loaded)
    {
    }

    /// <summary>Called after <see cref="States"/> was loaded.</summary>
    private protected virtual void Loaded()
    {
    }

    /// <summary>Whether a tensor of this shape can be that state of the parameter.</summary>
    private protected virtual bool Fits(string name, Tensor state, Tensor parameter) => state.Shape == parameter.Shape;

    private static void Save(ParameterState state, string prefix, Dictionary<string, Tensor> entries)
    {
        entries[prefix + "step"] = Tensor.Scalar(state.Step);
        foreach ((string name, Tensor tensor) in state.Tensors)
        {
            entries[prefix + name] = tensor.Clone();
        }

        foreach ((string name, double value) in state.Numbers)
        {
            entries[prefix + name] = Tensor.Scalar(value);
        }
    }

    private void RequireSameGroups(IReadOnlyDictionary<string, Tensor> source, string owner)
    {
        for (int i = 0; i < BaseGroups.Count; i++)
        {
            long count = StateReader.Find(source, Invariant($"{GroupPrefix}{i}.params"), owner).ElementCount;
            if (count != BaseGroups[i].ParameterArray.Length)
            {
                throw new ArgumentException(
                    $"{owner}.LoadStateDict: group {i} has {BaseGroups[i].ParameterArray.Length} parameters here and "
                        + $"{count} in the dictionary.", nameof(source));
            }
        }

        if (source.ContainsKey(Invariant($"{GroupPrefix}{BaseGroups.Count}.params")))
        {
            throw new ArgumentException(
                $"{owner}.LoadStateDict: the dictionary has more groups than the {BaseGroups.Count} here.",
                nameof(source));
        }
    }

    private Dictionary<Tensor, ParameterState> ReadStates(IReadOnlyDictionary<string, Tensor> source, string owner)
    {
        Tensor[] parameters = [.. BaseGroups.SelectMany(g => g.ParameterArray)];
        Dictionary<Tensor, ParameterState> loaded = new(ReferenceEqualityComparer.Instance);
        foreach ((string key, Tensor tensor) in source)
        {
            if (!key.StartsWith(StatePrefix, StringComparison.Ordinal))
            {
                continue;
            }

            int dot = key.IndexOf('.', StatePrefix.Length);
            if (dot < 0
                || !int.TryParse(key.AsSpan(StatePrefix.Length, dot - StatePrefix.Length), NumberStyles.None,
                    CultureInfo.InvariantCulture, out int number)
                || number >= parameters.Length)
            {
                throw new ArgumentException(
                    $"{owner}.LoadStateDict: '{key}' names no parameter; there are {parameters.Length}.",
                    nameof(source));
            }

            Tensor parameter = parameters[number];
            if (!loaded.TryGetValue(parameter, out ParameterState? state))
            {
                loaded.Add(parameter, state = new());
            }

            Read(state, key[(dot + 1)..], tensor, parameter);
        }

        return loaded;

        void Read(ParameterState state, string name, Tensor tensor, Tensor parameter)
        {
            if (name == "step")
            {
                state.Step = (long)tensor.Item();
            }
            else if (StateNumbers.Contains(name))
            {
                state.SetNumber(name, tensor.Item());
            }
            else if (Fits(name, tensor, parameter))
            {
                state.Set(name, tensor.Detach().To(parameter.DType).To(parameter.Device).Contiguous().Clone());
            }
            else
            {
                throw new ArgumentException(
                    $"{owner}.LoadStateDict: '{name}' of shape {tensor.Shape} can't be state of the parameter "
                        + $"{parameter.Describe()}.", nameof(source));
            }
        }
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
