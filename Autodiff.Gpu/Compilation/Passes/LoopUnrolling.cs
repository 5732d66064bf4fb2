using System.Globalization;

namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>
/// Unrolls a loop whose number of iterations the text says: distances between threads then are constants.
/// </summary>
internal static class LoopUnrolling
{
    /// <summary>The most iterations, and the most instructions of all together.</summary>
    private const int MostIterations = 16, MostInstructions = 512;

    public static void Run(FlowGraph graph)
    {
        foreach (Loop loop in graph.Loops)
        {
            // The test, and one block in which all else is.
            if (loop.Blocks.Count != 2 || loop.Latches is not [{ Taken: null } body] || body == loop.Header
                || loop.Header is not { Taken: { } taken, Next: { } next } header
                || loop.Blocks.Contains(taken) == loop.Blocks.Contains(next)
                || header.Predecessors.Count != 2
                || header.Predecessors.Find(block => block != body) is not { } before
                || Iterations(before, header, body) is not { } iterations
                || iterations * (body.Body.Count + header.Body.Count) > MostInstructions)
            {
                continue;
            }

            // Each iteration tests what is known to hold, for whoever reads what the test computes.
            List<Instruction> all = [.. header.Body];
            for (int i = 0; i < iterations; i++)
            {
                all.AddRange(body.Body.Concat(header.Body).Select(static instruction => instruction.Copy()));
            }

            Block behind = loop.Blocks.Contains(taken) ? next : taken;
            header.Body.Clear();
            header.Body.AddRange(all);
            (header.Condition, header.Taken, header.Next) = (-1, null, behind);
        }
    }

    /// <summary>How many iterations a loop makes that counts a register up by constants.</summary>
    private static int? Iterations(Block before, Block header, Block body)
    {
        // setp.ge.s32 %p1, %r1, 5;
        if (header.Body.FindLast(its => its.Written.Contains(header.Condition)) is not
            { Name: "setp", Registers: [_, var counter], Text: ["", ", ", var limit] } test
            || header.Body.Exists(its => its.Written.Contains(counter))
            || !Constant(limit, out long end)
            || before.Body.FindLast(its => its.Written.Contains(counter)) is not
            { Name: "mov", Registers: [_], Text: ["", var start] } || !Constant(start, out long value)
            || Step(body, counter) is not { } step)
        {
            return null;
        }

        // The loop goes on where the test says so.
        bool goesOnIfTrue = (header.Taken == body) != header.IsNegated;
        for (int iterations = 0; iterations <= MostIterations; iterations++, value += step)
        {
            bool? holds = test.Operation switch
            {
                "setp.ge.s32" or "setp.hs.u32" => value >= end,
                "setp.gt.s32" or "setp.hi.u32" => value > end,
                "setp.lt.s32" or "setp.lo.u32" => value < end,
                "setp.le.s32" or "setp.ls.u32" => value <= end,
                _ => null,
            };
            if (holds is null || value < 0)
            {
                return null;
            }

            if (holds != goesOnIfTrue)
            {
                return iterations;
            }
        }

        return null;
    }

    /// <summary>By how much an iteration counts a register up.</summary>
    private static long? Step(Block body, int counter)
    {
        List<Instruction> writers = body.Body.FindAll(its => its.Written.Contains(counter));
        return writers is [{ IsCopy: true } copy]
            && body.Body.FindLast(its => its.Written.Contains(copy.Registers[1])) is
            { Operation: "add.s32" or "add.u32", Registers: [_, var from], Text: ["", ", ", var step] }
            && from == counter && Constant(step, out long value) && value > 0 ? value : null;
    }

    private static bool Constant(string text, out long value)
    {
        string digits = text.StartsWith(", ", StringComparison.Ordinal) ? text[2..] : "";
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
