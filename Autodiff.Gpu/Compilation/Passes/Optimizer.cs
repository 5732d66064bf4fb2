namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>
/// Shortens the text that ILGPU writes for a kernel: what is computed twice, in every iteration of a loop, or never
/// read; loops of few iterations; copies; jumps to what could stand behind. No instruction that rounds becomes another
/// one, and accesses to memory and barriers stay in their order.
/// </summary>
/// <remarks>
/// A driver's assembler does most of this once more. Here it is for those who read or count the text, for the emulated
/// driver, and for what an assembler can't know: that addresses in a kernel's arguments are addresses in global memory.
/// </remarks>
internal static class Optimizer
{
    /// <summary>The shorter text; the same where there is something in it that no kernel of ours has.</summary>
    public static string Run(string text)
    {
        if (KernelBody.Parse(text) is not { } body)
        {
            return text;
        }

        BlockLayout.Straighten(body.Entry);
        LoopUnrolling.Run(FlowGraph.Of(body.Entry));
        BlockLayout.Straighten(body.Entry);
        FlowGraph graph = FlowGraph.Of(body.Entry);
        SingleDefinitions definitions = SingleDefinitions.Make(body, graph);
        ValueNumbering.Run(graph, definitions, body.Registers);
        WordHalves.Run(graph, definitions, body.Registers);
        InvariantMotion.Run(graph, definitions);
        UnreadResults.Remove(graph, body.Registers.Count);
        CopyCoalescing.Run(graph, body.Registers);
        BlockLayout.Straighten(body.Entry);
        BlockLayout.InvertLoops(FlowGraph.Of(body.Entry));
        BlockLayout.Straighten(body.Entry);
        return body.Write(FlowGraph.Of(body.Entry).Blocks);
    }
}
