namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>
/// Shortens the text that ILGPU writes for a kernel: what is never read, and jumps to what could stand behind.
/// </summary>
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
        FlowGraph graph = FlowGraph.Of(body.Entry);
        UnreadResults.Remove(graph, body.Registers.Count);
        BlockLayout.Straighten(body.Entry);
        BlockLayout.TurnLoops(FlowGraph.Of(body.Entry));
        BlockLayout.Straighten(body.Entry);
        return body.Write(FlowGraph.Of(body.Entry).Blocks);
    }
}
