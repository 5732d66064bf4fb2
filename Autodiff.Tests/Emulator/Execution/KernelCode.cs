using Autodiff.Tests.Emulator.Decoding;

namespace Autodiff.Tests.Emulator.Execution;

/// <summary>
/// A kernel's instructions. Each is several objects, which every full garbage collection visits; so only those of the
/// kernels that were decoded last are kept, and older ones are decoded again when they are launched.
/// </summary>
internal sealed class KernelCode
{
    private const int MostKept = 100_000; // instructions

    private static readonly Lock s_gate = new();
    private static readonly Queue<KernelCode> s_kept = new();
    private static int s_count;

    private readonly string _text, _name;
    private Instruction[]? _code;

    /// <param name="text">The module's text.</param>
    /// <param name="name">The kernel's name in it.</param>
    /// <param name="code">Its instructions.</param>
    public KernelCode(string text, string name, Instruction[] code)
    {
        (_text, _name) = (text, name);
        Keep(code);
    }

    /// <summary>The instructions, in order.</summary>
    public Instruction[] Get()
    {
        if (Volatile.Read(ref _code) is { } kept)
        {
            return kept;
        }

        Instruction[] code = KernelDecoder.DecodeKernel(_text, _name);
        Keep(code);
        return code;
    }

    private void Keep(Instruction[] code)
    {
        lock (s_gate)
        {
            if (_code is not null)
            {
                return; // another thread was faster
            }

            Volatile.Write(ref _code, code);
            s_kept.Enqueue(this);
            s_count += code.Length;
            while (s_count > MostKept && s_kept.Count > 1)
            {
                KernelCode oldest = s_kept.Dequeue();
                s_count -= oldest._code!.Length;
                Volatile.Write(ref oldest._code, null);
            }
        }
    }
}
