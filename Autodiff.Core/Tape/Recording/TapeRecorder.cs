using System.Runtime.InteropServices;

namespace Autodiff;

/// <summary>
/// What happens while <see cref="Tape.Record"/> runs: values as they are computed, operands, and the backward pass step
/// by step.
/// </summary>
internal sealed class TapeRecorder
{
    [ThreadStatic]
    private static TapeRecorder? t_here;

    private static int s_open;
    private static readonly FlowingSetting<TapeRecorder> Setting = new(static (recorder, _) => t_here = recorder);

    private readonly Lock _lock = new(); // the function may start tasks
    private readonly Dictionary<Node, Tensor> _values = [];
    private readonly Dictionary<Node, List<TapeOperand>> _operands = [];
    private readonly Dictionary<Node, IReadOnlyList<SavedOperand>> _saved = [];
    private readonly Dictionary<Node, Tensor> _gradients = [];
    private readonly HashSet<Node> _madeHere = [];
    private readonly HashSet<Storage> _unrecorded = [], _ofNodes = [];
    private readonly List<SentGradient> _sent = [];
    private BackwardVisit? _visit;
    private (int Operand, Tensor Product, Tensor? Before) _arriving;

    /// <summary>Who records on this thread.</summary>
    public static TapeRecorder? Here => t_here;

    /// <summary>Whether anybody records on any thread: one look for the tensors that are made.</summary>
    public static bool IsAnywhere => s_open != 0;

    public List<BackwardVisit> Visits { get; } = [];

    /// <summary>The Jacobians of small operations, by operation and operand: rows are the result's elements.</summary>
    public Dictionary<(Node Node, int Operand), double[][]> Jacobians { get; } = [];

    /// <summary>
    /// How many bytes all operations together keep for their rules, by operation: after it was recorded, and after its
    /// visit.
    /// </summary>
    public Dictionary<Node, (long Forward, long Backward)> Memory { get; } = [];

    /// <summary>Runs a function with this recorder.</summary>
    public Tensor Run(Func<Tensor> function)
    {
        Interlocked.Increment(ref s_open);
        try
        {
            using FlowingSetting<TapeRecorder>.Handle scope = Setting.Begin(this);
            using IDisposable places = Tape.RecordCallSites();
            return function() ?? throw new InvalidOperationException(
                "Record: the function returned null; it must return the loss.");
        }
        finally
        {
            Interlocked.Decrement(ref s_open);
        }
    }

    /// <summary>Keeps what an operation has computed.</summary>
    public void KeepValue(Node node, Tensor y)
    {
        lock (_lock)
        {
            _values[node] = Copy(y);
            _madeHere.Add(node);
            _ofNodes.Add(y.Storage);
        }
    }

    /// <summary>Whether an operation was recorded, or a leaf made, while the function ran.</summary>
    public bool IsMadeHere(Node node) => _madeHere.Contains(node);

    /// <summary>Keeps the operands of an operation.</summary>
    public void KeepOperands(Node node, ReadOnlySpan<Tensor> x)
    {
        lock (_lock)
        {
            List<TapeOperand> operands = _operands[node] = [];
            for (int i = 0; i < x.Length; i++)
            {
                Node? from = node.Input(i);
                if (from is not null && !_values.ContainsKey(from))
                {
                    _values[from] = Copy(x[i]); // a leaf, or computed before
                    _ofNodes.Add(x[i].Storage);
                }

                operands.Add(new(from, x[i], from is null ? Copy(x[i]) : _values[from], null));
            }
        }
    }

    /// <summary>Notes what was computed under a user's NoGrad.</summary>
    public void KeepOrigin(Tensor made)
    {
        if (GradMode.IsOffByUser)
        {
            lock (_lock)
            {
                _unrecorded.Add(made.Storage);
            }
        }
    }

    /// <summary>
    /// After the function: why operands have no gradient, what every rule keeps, the Jacobians of small operations.
    /// </summary>
    /// <param name="tape">The tape.</param>
    /// <param name="survivors">The same nodes, with the values that somebody keeps.</param>
    public void Conclude(Tape tape, Tape survivors)
    {
        foreach (Node node in tape)
        {
            if (!_values.ContainsKey(node) && survivors.ValueOf(node) is { } value)
            {
                _values[node] = Copy(value); // a leaf, or computed before
                _ofNodes.Add(value.Storage);
            }
        }

        Dictionary<Storage, int> keepers = [];
        long kept = 0;
        foreach (Node node in tape)
        {
            foreach (ref TapeOperand operand in CollectionsMarshal.AsSpan(_operands.GetValueOrDefault(node) ?? []))
            {
                operand = operand.Node is null ? operand with { Reason = ReasonOf(operand.Tensor!) } : operand;
            }

            SavedOperand[] saved = [.. node.Kept()];
            foreach (SavedOperand each in saved)
            {
                ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(keepers, each.Source!.Storage, out _);
                kept += count++ == 0 ? each.Source.Storage.ByteLength : 0;
            }

            _saved[node] =
                [.. saved.Select(static each => each.IsChanged ? each : each with { Value = Copy(each.Value) })];
            Memory[node] = (kept, 0);
        }

        foreach (Node node in tape.Reverse())
        {
            foreach (SavedOperand each in _saved[node])
            {
                kept -= --keepers[each.Source!.Storage] == 0 ? each.Source.Storage.ByteLength : 0;
            }

            Memory[node] = (Memory[node].Forward, kept);
        }

        foreach (Node node in tape)
        {
            FindJacobians(node);
        }
    }

    public Tensor? ValueOf(Node node) => _values.GetValueOrDefault(node);

    public Tensor? GradientOf(Node node) => _gradients.GetValueOrDefault(node);

    public IReadOnlyList<SavedOperand> SavedBy(Node node) => _saved.GetValueOrDefault(node) ?? [];

    public IReadOnlyList<TapeOperand>? OperandsOf(Node node) => _operands.GetValueOrDefault(node);

    /// <summary>A node's gradient is complete, and its rules are about to run.</summary>
    public void Begin(Node node, Tensor g)
    {
        _sent.Clear();
        _visit = new(node, Copy(g), [], SavedBy(node));
    }

    /// <summary>
    /// A rule of the visited node gives <paramref name="g"/> to <paramref name="input"/>, which has received
    /// <paramref name="before"/>.
    /// </summary>
    public void Arrives(Node input, Tensor g, Tensor? before)
    {
        if (_visit is { Node: var node })
        {
            int operand = _sent.Count == 0 ? 0 : _sent[^1].Operand + 1;
            while (operand < node.InputCount && !ReferenceEquals(node.Input(operand), input))
            {
                operand++;
            }

            _arriving = (operand, Copy(g), before is null ? null : Copy(before));
        }
    }

    /// <summary>The gradient has been brought to the input's shape and type, and added to what was there.</summary>
    public void Arrived(Tensor value, Tensor sum)
    {
        if (_visit is not null)
        {
            _sent.Add(new(_arriving.Operand, _arriving.Product, Copy(value), _arriving.Before, Copy(sum)));
        }
    }

    /// <summary>The visited node's rules have run.</summary>
    public void End()
    {
        BackwardVisit visit = _visit! with { Sent = [.. _sent] };
        _visit = null;
        _gradients[visit.Node] = visit.Gradient;
        Visits.Add(visit);
    }

    private NoGradientReason ReasonOf(Tensor x) =>
        _unrecorded.Contains(x.Storage) ? NoGradientReason.NoGrad
        : _ofNodes.Contains(x.Storage) ? NoGradientReason.Detached
        : NoGradientReason.Constant;

    /// <summary>
    /// Asks the rules of a small operation for each row of its Jacobians: unit vectors go through them.
    /// </summary>
    private void FindJacobians(Node node)
    {
        const int mostRows = 16, mostEntries = 64;
        int rows = (int)Math.Min(node.Layout.Count, mostRows + 1);
        if (rows > mostRows || rows == 0 || !_values.TryGetValue(node, out Tensor? y)
            || node.SavedOperands.Any(static saved => saved.IsChanged)
            || Enumerable.Range(0, node.InputCount)
                .All(i => node.Input(i) is not { Layout.Count: var count } || count * rows > mostEntries))
        {
            return;
        }

        for (int row = 0; row < rows; row++)
        {
            double[] unit = new double[rows];
            unit[row] = 1;
            _sent.Clear();
            _visit = new(node, null!, [], []);
            Backpropagation.Through(node, Tensor.From(unit, node.Shape).To(node.DType).To(y.Device), this);
            foreach (SentGradient sent in _sent)
            {
                if (sent.Value.ElementCount * rows <= mostEntries)
                {
                    ref double[][]? matrix =
                        ref CollectionsMarshal.GetValueRefOrAddDefault(Jacobians, (node, sent.Operand), out _);
                    matrix ??= new double[rows][];
                    matrix[row] = sent.Value.ToArray<double>();
                }
            }
        }

        _visit = null;
    }

    private static Tensor Copy(Tensor x)
    {
        using (Tensor.Unrecorded())
        {
            return x.Detach().Clone();
        }
    }
}
