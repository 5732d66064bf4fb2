using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Autodiff.Nn;

/// <summary>A list of parameters that are registered, named by position.</summary>
[CollectionBuilder(typeof(ParameterList), nameof(Create))]
public class ParameterList : Module, IReadOnlyList<Tensor>
{
    private readonly List<Tensor> _parameters = [];

    /// <summary>A list of the given parameters.</summary>
    /// <param name="parameters">Floating tensors that were not computed from others.</param>
    public ParameterList(params ReadOnlySpan<Tensor> parameters)
    {
        foreach (Tensor parameter in parameters)
        {
            Add(parameter);
        }
    }

    /// <summary>The number of parameters.</summary>
    public int Count => _parameters.Count;

    /// <summary>The parameter at a position.</summary>
    public Tensor this[int index] => _parameters[index];

    /// <summary>The parameter at a position counted from either end.</summary>
    public Tensor this[Index index] => _parameters[index];

    /// <summary>What a collection expression makes: <c>ParameterList weights = [a, b];</c></summary>
    public static ParameterList Create(ReadOnlySpan<Tensor> parameters) => new(parameters);

    /// <summary>Appends a parameter, which requires grad from now on.</summary>
    /// <param name="parameter">A floating tensor that was not computed from others.</param>
    /// <exception cref="ArgumentException">The tensor has a history.</exception>
    public void Add(Tensor parameter) => _parameters.Add(
        RegisterParameter(_parameters.Count.ToString(CultureInfo.InvariantCulture), parameter));

    /// <summary>The parameters in order.</summary>
    public IEnumerator<Tensor> GetEnumerator() => _parameters.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
