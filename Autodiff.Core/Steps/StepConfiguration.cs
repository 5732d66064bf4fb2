namespace Autodiff.Steps;

/// <summary>
/// Counts changes of what decides how a step computes and is no tensor's content: training or evaluation, whether a
/// leaf requires grad, an optimizer's groups, a module's parts. While it is unchanged, a captured step still fits; that
/// costs a replay one comparison.
/// </summary>
internal static class StepConfiguration
{
    private static int s_version;

    /// <summary>How many changes there have been.</summary>
    public static int Version => s_version;

    /// <summary>
    /// Something that captured steps may depend on has changed; each looks at its own conditions before its next
    /// replay.
    /// </summary>
    public static void Changed() => Interlocked.Increment(ref s_version);
}
