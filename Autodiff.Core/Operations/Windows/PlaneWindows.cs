namespace Autodiff.Operations;

/// <summary>The windows of a pool over up to three dimensions; those that are missing have one entry and one
/// window.</summary>
/// <param name="Depth">Along the third to last dimension.</param>
/// <param name="Height">Along the second to last.</param>
/// <param name="Width">Along the last.</param>
internal sealed record PlaneWindows(Windows Depth, Windows Height, Windows Width)
{
    private static readonly Windows s_one = new(1, [0], [1]);

    /// <summary>Entries of a plane.</summary>
    public long Inputs => (long)Depth.Inputs * Height.Inputs * Width.Inputs;

    /// <summary>Results of a plane.</summary>
    public long Outputs => (long)Depth.Outputs * Height.Outputs * Width.Outputs;

    /// <summary>Windows of one to three dimensions.</summary>
    public static PlaneWindows Of(ReadOnlySpan<Windows> windows) =>
        new(windows.Length > 2 ? windows[^3] : s_one, windows.Length > 1 ? windows[^2] : s_one, windows[^1]);

    /// <summary>
    /// The entries of each window as positions in the plane, [results, entries]; the first one again where a window has
    /// fewer than others.
    /// </summary>
    public (int[] Shape, long[] Positions) Table()
    {
        int depth = Depth.Counts.Max(), height = Height.Counts.Max(), width = Width.Counts.Max();
        int each = checked(depth * height * width), results = checked((int)Outputs);
        long[] table = new long[Sizes.HostEntries("MaxPool", (long)results * each, DType.Int64)];
        long at = 0;
        for (int o = 0; o < results; o++)
        {
            (int plane, int column) = Math.DivRem(o, Width.Outputs);
            (int layer, int row) = Math.DivRem(plane, Height.Outputs);
            for (int k = 0; k < each; k++)
            {
                (int z, int x) = Math.DivRem(k, width);
                (z, int y) = Math.DivRem(z, height);
                table[at++] = (Entry(Depth, layer, z) * Height.Inputs + Entry(Height, row, y)) * Width.Inputs
                    + Entry(Width, column, x);
            }
        }

        return ([results, each], table);
    }

    private static long Entry(Windows windows, int o, int k) =>
        windows.Starts[o] + (k < windows.Counts[o] ? (long)k * windows.Step : 0);
}
