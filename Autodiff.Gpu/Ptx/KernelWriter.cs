using System.Globalization;
using System.Text;
using Autodiff.Algebra;

namespace Autodiff.Gpu.Ptx;

/// <summary>
/// Writes one kernel as PTX text while C# runs through its algorithm: every operation on a <see cref="Value"/> appends
/// an instruction, loops and conditions are methods, and an expression that stands already is not written again.
/// </summary>
/// <remarks>
/// A C# loop unrolls, <see cref="For"/> loops on the device. PTX is described in NVIDIA's "Parallel Thread Execution
/// ISA"; version 7.0 for compute capability 8.0, which every newer device compiles too.
/// </remarks>
internal sealed partial class KernelWriter : IDisposable
{
    /// <summary>What every module begins with.</summary>
    public const string Header = ".version 7.0\n.target sm_80\n.address_size 64\n";

    private const int MaxDeclaredShared = 48 * 1024;

    [ThreadStatic]
    private static KernelWriter? t_current;

    private readonly KernelWriter? _outer;
    private readonly string _name;
    private readonly List<string> _parameters = [];
    private readonly StringBuilder _prologue = new(), _body = new();
    private readonly SortedDictionary<string, (string Declared, int Count)> _registers = new(StringComparer.Ordinal);
    private readonly Stack<Dictionary<string, Value>> _known = new([[]]);
    private readonly Dictionary<string, Value> _always = [];
    private int _labels, _sharedBytes;
    private int? _maxThreads, _minBlocks;

    /// <summary>Begins a kernel; it is the <see cref="Current"/> one until it is disposed.</summary>
    /// <param name="name">The entry's name.</param>
    public KernelWriter(string name)
    {
        _name = name;
        _outer = t_current;
        t_current = this;
    }

    /// <summary>The kernel that is being written on this thread.</summary>
    public static KernelWriter Current =>
        t_current ?? throw new InvalidOperationException("No kernel is being written on this thread.");

    /// <summary>
    /// Bytes of shared memory that the launch must give: all that the kernel uses if that is more than a kernel may
    /// declare, else none.
    /// </summary>
    public int DynamicSharedBytes => _sharedBytes > MaxDeclaredShared ? _sharedBytes : 0;

    public void Dispose() => t_current = _outer;

    /// <summary>The next parameter.</summary>
    public Value Parameter(PtxType type)
    {
        Value value = NewRegister(type);
        Line(_prologue,
            string.Create(CultureInfo.InvariantCulture,
                $"ld.param.{type.Suffix()} {value.Text}, [p{_parameters.Count}];"), 1);
        _parameters.Add(string.Create(CultureInfo.InvariantCulture, $"{type.Suffix()} p{_parameters.Count}"));
        return value;
    }

    /// <summary>
    /// The most threads a block will have, and how many blocks should fit on a multiprocessor at least: bounds the
    /// registers.
    /// </summary>
    public void Bounds(int maxThreads, int? minBlocks = null) => (_maxThreads, _minBlocks) = (maxThreads, minBlocks);

    /// <summary>A special register such as %tid.x.</summary>
    public Value Special(string name)
    {
        if (!_always.TryGetValue(name, out Value value))
        {
            value = NewRegister(PtxType.U32);
            Line(_prologue, $"mov.u32 {value.Text}, {name};", 1);
            _always.Add(name, value);
        }

        return value;
    }

    public Value ThreadX => Special("%tid.x");

    public Value BlockX => Special("%ctaid.x");

    public Value BlockY => Special("%ctaid.y");

    public Value BlockZ => Special("%ctaid.z");

    /// <summary>The thread's place in its warp.</summary>
    public Value Lane => Special("%laneid");

    /// <summary>
    /// The answer of an instruction without side effects: the register that holds it, if it was computed before where
    /// it is still known.
    /// </summary>
    /// <param name="instruction">The instruction with its suffixes.</param>
    /// <param name="type">The answer's type.</param>
    /// <param name="operands">What it takes.</param>
    public Value Pure(string instruction, PtxType type, params ReadOnlySpan<Value> operands)
    {
        string key = $"{instruction} {type.Register().Letter} {Join(operands)}";
        foreach (Dictionary<string, Value> scope in _known)
        {
            if (scope.TryGetValue(key, out Value known))
            {
                return known.As(type);
            }
        }

        Value result = NewRegister(type);
        Emit($"{instruction} {result.Text}, {Join(operands)};");
        _known.Peek().Add(key, result);
        return result;
    }

    /// <summary>A register of its own; nothing is in it yet.</summary>
    public Value NewRegister(PtxType type)
    {
        (string letter, string declared) = type.Register();
        int count = _registers.TryGetValue(letter, out (string, int Count) known) ? known.Count : 0;
        _registers[letter] = (declared, count + 1);
        return new(type, string.Create(CultureInfo.InvariantCulture, $"{letter}{count}"));
    }

    /// <summary>Appends a line as it is.</summary>
    public void Emit(string line) => Line(_body, line, _known.Count);

    /// <summary>The entry as text, without the module's header.</summary>
    public string ToPtx()
    {
        StringBuilder text = new();
        if (DynamicSharedBytes > 0)
        {
            text.Append(".extern .shared .align 16 .b8 shared[];\n");
        }

        text.Append(".visible .entry ").Append(_name).Append('(');
        for (int i = 0; i < _parameters.Count; i++)
        {
            text.Append(i == 0 ? "\n" : ",\n").Append("  .param .").Append(_parameters[i]);
        }

        text.Append(")\n");
        if (_maxThreads is { } threads)
        {
            text.Append(".maxntid ").Append(threads).Append(", 1, 1\n");
        }

        if (_minBlocks is { } blocks)
        {
            text.Append(".minnctapersm ").Append(blocks).Append('\n');
        }

        text.Append("{\n");
        foreach ((string letter, (string declared, int count)) in _registers)
        {
            text.Append("  .reg .").Append(declared).Append(' ').Append(letter).Append('<').Append(count)
                .Append(">;\n");
        }

        if (_sharedBytes > DynamicSharedBytes)
        {
            text.Append("  .shared .align 16 .b8 shared[").Append(_sharedBytes).Append("];\n");
        }

        return text.Append(_prologue).Append(_body).Append("  ret;\n}\n").ToString();
    }

    private static string Join(ReadOnlySpan<Value> operands)
    {
        StringBuilder text = new();
        foreach (Value operand in operands)
        {
            text.Append(text.Length == 0 ? "" : ", ").Append(operand.Text);
        }

        return text.ToString();
    }

    private static void Line(StringBuilder text, string line, int depth) =>
        text.Append(' ', 2 * depth).Append(line).Append('\n');
}
