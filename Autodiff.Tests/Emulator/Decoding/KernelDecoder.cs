using Autodiff.Tests.Emulator.Execution;
using Autodiff.Tests.Emulator.Syntax;

namespace Autodiff.Tests.Emulator.Decoding;

/// <summary>
/// Turns a kernel's statements into instructions, and lays constants and special registers behind its registers.
/// </summary>
internal sealed class KernelDecoder
{
    private const int SlotAlignment = 64, WarpSize = Warp.Size;

    private static readonly Dictionary<string, Special> s_specials = new(StringComparer.Ordinal)
    {
        ["%tid.x"] = Special.ThreadX,
        ["%tid.y"] = Special.ThreadY,
        ["%tid.z"] = Special.ThreadZ,
        ["%ntid.x"] = Special.BlockSizeX,
        ["%ntid.y"] = Special.BlockSizeY,
        ["%ntid.z"] = Special.BlockSizeZ,
        ["%ctaid.x"] = Special.BlockX,
        ["%ctaid.y"] = Special.BlockY,
        ["%ctaid.z"] = Special.BlockZ,
        ["%nctaid.x"] = Special.GridSizeX,
        ["%nctaid.y"] = Special.GridSizeY,
        ["%nctaid.z"] = Special.GridSizeZ,
        ["%laneid"] = Special.Lane,
        ["%warpid"] = Special.WarpIndex,
        ["%nwarpid"] = Special.WarpCount,
        ["%lanemask_eq"] = Special.LanesEqual,
        ["%lanemask_lt"] = Special.LanesBelow,
        ["%lanemask_le"] = Special.LanesUpTo,
        ["%lanemask_gt"] = Special.LanesAbove,
        ["%lanemask_ge"] = Special.LanesFrom,
    };

    private readonly KernelSyntax _syntax;
    private readonly Dictionary<(int Size, ulong Bits), int> _constants = [];
    private readonly Dictionary<Special, int> _specials = [];
    private int _bytes;

    private KernelDecoder(KernelSyntax syntax) => (_syntax, _bytes) = (syntax, syntax.RegisterBytes);

    /// <summary>The kernels of a module.</summary>
    /// <exception cref="PtxException">The text has an error, or something that the interpreter does not
    /// know.</exception>
    public static List<Kernel> DecodeModule(string ptx) =>
        [.. PtxParser.Parse(ptx).Select(kernel => new KernelDecoder(kernel).Decode(ptx))];

    /// <summary>The instructions of one kernel of a module.</summary>
    public static Instruction[] DecodeKernel(string ptx, string name) =>
        new KernelDecoder(PtxParser.Parse(ptx).First(kernel => kernel.Name == name)).DecodeCode();

    /// <summary>The slot of a constant.</summary>
    public int Constant(int size, ulong bits)
    {
        bits &= size == 8 ? ulong.MaxValue : (1UL << (8 * size)) - 1;
        if (!_constants.TryGetValue((size, bits), out int slot))
        {
            slot = NewSlot(size);
            _constants.Add((size, bits), slot);
        }

        return slot;
    }

    /// <summary>The slot of a special register of this name, or null.</summary>
    public int? FindSpecial(string name)
    {
        if (name == "WARP_SZ")
        {
            return Constant(4, WarpSize);
        }

        if (!s_specials.TryGetValue(name, out Special which))
        {
            return null;
        }

        if (!_specials.TryGetValue(which, out int slot))
        {
            slot = NewSlot(sizeof(uint));
            _specials.Add(which, slot);
        }

        return slot;
    }

    /// <summary>Where the shared variable of this name begins, or null.</summary>
    public int? FindShared(string name) =>
        _syntax.Shared.TryGetValue(name, out SharedVariable? shared) ? shared.Offset : null;

    public Parameter? FindParameter(string name) => _syntax.Parameters.Find(parameter => parameter.Name == name);

    public int? FindLabel(string name) => _syntax.Labels.TryGetValue(name, out int target) ? target : null;

    private Instruction[] DecodeCode()
    {
        const int MaxStaticShared = 48 * 1024;
        if (_syntax.SharedBytes > MaxStaticShared)
        {
            throw new PtxException(_syntax.Line,
                $"Kernel {_syntax.Name} declares {_syntax.SharedBytes} bytes of shared memory; {MaxStaticShared} can "
                    + "be.");
        }

        List<Instruction> code = [];
        foreach (Statement statement in _syntax.Statements)
        {
            Reading reading = new(this, statement);
            Instruction instruction = InstructionSet.Decode(reading);
            reading.Done();
            instruction.Statement = statement;
            if (statement.Guard is { } guard)
            {
                (instruction.Guard, instruction.GuardFlip) = (guard.Register.Slot, guard.Negated ? uint.MaxValue : 0);
            }

            code.Add(instruction);
        }

        // A program that runs over its end returns; labels may stand there.
        code.Add(new Return());
        return [.. code];
    }

    private Kernel Decode(string text)
    {
        Instruction[] code = DecodeCode();
        return new Kernel
        {
            Name = _syntax.Name,
            Code = new(text, _syntax.Name, code),
            Parameters = _syntax.Parameters,
            ParameterBytes = _syntax.ParameterBytes,
            SharedBytes = _syntax.SharedBytes,
            MaxThreads = _syntax.MaxThreads,
            RegisterBytes = _bytes,
            RegisterWords = _syntax.RegisterWords,
            Constants = [.. _constants.Select(entry => (entry.Value, entry.Key.Size, entry.Key.Bits))],
            Specials = [.. _specials.Select(entry => (entry.Value, entry.Key))],
        };
    }

    private int NewSlot(int size)
    {
        int slot = _bytes;
        _bytes += (WarpSize * size + SlotAlignment - 1) / SlotAlignment * SlotAlignment;
        return slot;
    }
}
