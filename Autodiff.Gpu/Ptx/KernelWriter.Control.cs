using System.Globalization;

namespace Autodiff.Gpu.Ptx;

/// <content>Conditions, loops and variables. What is computed inside a branch or a loop is unknown after it.</content>
internal sealed partial class KernelWriter
{
    /// <summary>Runs <paramref name="then"/> where the predicate holds, else <paramref name="otherwise"/>.</summary>
    public void If(Value condition, Action then, Action? otherwise = null)
    {
        string end = NewLabel();
        string skip = otherwise is null ? end : NewLabel();
        Emit($"@!{condition.Text} bra {skip};");
        Scope(then);
        if (otherwise is not null)
        {
            Emit($"bra {end};");
            Label(skip);
            Scope(otherwise);
        }

        Label(end);
    }

    /// <summary>
    /// Repeats the body while the condition holds; the condition is computed in every iteration and reads variables.
    /// </summary>
    public void While(Func<Value> condition, Action body)
    {
        string start = NewLabel(), end = NewLabel();
        Label(start);
        Scope(() =>
        {
            Emit($"@!{condition().Text} bra {end};");
            body();
            Emit($"bra {start};");
        });
        Label(end);
    }

    /// <summary>for (i = start; i &lt; end; i += step), on the device.</summary>
    public void For(Value start, Value end, Value step, Action<Value> body)
    {
        if (start.IsLiteral)
        {
            start = Value.Constant(end.Type, start.Integer);
        }

        Variable i = Variable(start);
        While(() => i.Value < end, () =>
        {
            Value now = i.Value;
            body(now);
            i.Set(now + step);
        });
    }

    /// <summary>A register that may be written again.</summary>
    public Variable Variable(Value initial)
    {
        Variable variable = new(this, NewRegister(initial.Type));
        variable.Set(initial);
        return variable;
    }

    /// <summary>Ends the thread where the predicate holds. Not before a barrier that others wait at.</summary>
    public void ReturnIf(Value condition) => Emit($"@{condition.Text} ret;");

    private string NewLabel() => string.Create(CultureInfo.InvariantCulture, $"L{_labels++}");

    private void Label(string label) => Line(_body, $"{label}:", 0);

    private void Scope(Action body)
    {
        _known.Push([]);
        body();
        _known.Pop();
    }
}

/// <summary>A register that changes: <see cref="Value"/> is a copy of what it holds where that is asked.</summary>
internal readonly struct Variable(KernelWriter writer, Value register)
{
    /// <summary>What the variable holds now, in a register that stays as it is.</summary>
    public Value Value
    {
        get
        {
            Value copy = writer.NewRegister(register.Type);
            writer.Emit($"mov.{Suffix} {copy.Text}, {register.Text};");
            return copy;
        }
    }

    /// <summary>The register itself, for instructions that read and write it (mma).</summary>
    public Value Register => register;

    public void Set(Value value)
    {
        Value typed = value.IsLiteral ? Ptx.Value.Constant(register.Type, value.Integer) : value;
        if (typed.Type.Register() != register.Type.Register())
        {
            throw new InvalidOperationException($"A variable of type {register.Type} cannot hold {typed.Type}.");
        }

        writer.Emit($"mov.{Suffix} {register.Text}, {typed.Text};");
    }

    private string Suffix => register.Type.IsFloat() ? register.Type.Suffix() : register.Type.BitSuffix();
}
