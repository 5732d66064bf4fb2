using System.Globalization;
using System.Text.Json;

namespace Autodiff.Tests.Reference;

/// <summary>The arguments of a case, as PyTorch's call had them: by position, else by name.</summary>
/// <remarks>
/// <c>a.T(0)</c> is the first tensor; <c>a.Int(1, "dim", -1)</c> is positional argument 1 or keyword dim or -1. The
/// same tensor number gives the same <see cref="Tensor"/> object, so that gradients can be asked of it afterwards.
/// </remarks>
public sealed class ReferenceArguments(ReferenceCase test)
{
    private readonly Dictionary<int, Tensor> _tensors = [];
    private readonly JsonElement[] _args = [.. test.Json.GetProperty("args").EnumerateArray()];
    private readonly JsonElement _kwargs = test.Json.GetProperty("kwargs");

    /// <summary>How many positional arguments there are.</summary>
    public int Count => _args.Length;

    /// <summary>The tensor of a fixture number, the same object each time.</summary>
    public Tensor Numbered(int index) =>
        _tensors.TryGetValue(index, out Tensor? t) ? t : _tensors[index] = ReferenceCases.Load(index);

    public bool Has(int position, string? name = null) => Find(position, name) is not null;

    /// <summary>The raw argument, or null: for calls with unusual arguments.</summary>
    public JsonElement? Find(int position, string? name = null)
    {
        if (position >= 0 && position < _args.Length)
        {
            return _args[position].ValueKind == JsonValueKind.Null ? null : _args[position];
        }

        return name is not null && _kwargs.TryGetProperty(name, out JsonElement value)
            && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>A tensor argument.</summary>
    public Tensor T(int position, string? name = null) => ToTensor(Find(position, name)
        ?? throw new InvalidOperationException($"{test}: no argument {position} {name}"));

    public Tensor? OptionalTensor(int position, string? name = null) =>
        Find(position, name) is { } json ? ToTensor(json) : null;

    public bool IsTensor(int position, string? name = null) =>
        Find(position, name) is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("tensor", out _);

    public bool IsList(int position, string? name = null) =>
        Find(position, name) is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("list", out _);

    /// <summary>A list of tensors.</summary>
    public Tensor[] Tensors(int position, string? name = null) =>
        [.. Items(Find(position, name)!.Value).Select(ToTensor)];

    public int Int(int position, string? name = null, int otherwise = 0) =>
        Find(position, name) is { } json ? (int)ToDouble(json) : otherwise;

    public double Double(int position, string? name = null, double otherwise = 0) =>
        Find(position, name) is { } json ? ToDouble(json) : otherwise;

    public bool Bool(int position, string? name = null, bool otherwise = false) =>
        Find(position, name) is { } json ? json.GetBoolean() : otherwise;

    public string String(int position, string? name = null, string otherwise = "") =>
        Find(position, name)?.GetString() ?? otherwise;

    /// <summary>One int or a list of ints; empty where the argument is missing.</summary>
    public int[] Ints(int position, string? name = null) => Find(position, name) is not { } json ? []
        : json.ValueKind == JsonValueKind.Number ? [(int)ToDouble(json)]
        : [.. Items(json).Select(item => (int)ToDouble(item))];

    /// <summary>All positional arguments from one on as ints, whether given one by one or as a list.</summary>
    public int[] IntsFrom(int position) =>
        IsList(position) ? Ints(position) : [.. _args.Skip(position).Select(item => (int)ToDouble(item))];

    public static IEnumerable<JsonElement> Items(JsonElement json) => json.GetProperty("list").EnumerateArray();

    public Tensor ToTensor(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("tensor", out JsonElement index)
        ? Numbered(index.GetInt32())
        : json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out int integer) ? integer : ToDouble(json);

    public static double ToDouble(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Number => json.GetDouble(),
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => Parse(json.GetProperty("float").GetString()!),
    };

    private static double Parse(string text) => text switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        "nan" => double.NaN,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
