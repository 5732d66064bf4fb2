using Labs.Shell;

namespace Labs.Lab5;

/// <summary>From the lowest point of a parabola to an engine that differentiates programs.</summary>
internal sealed partial class AutodiffLab : Lab
{
    public override int Number => 5;

    public override void Run(LabContext lab)
    {
        FindMinima(lab);
        WalkDownhill(lab);
        FitCurve(lab);
        AddNoise(lab);
        FollowTheChain(lab);
        PortToTensors(lab);
    }
}
