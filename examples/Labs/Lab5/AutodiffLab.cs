using Labs.Shell;

namespace Labs.Lab5;

/// <summary>From the lowest point of a parabola to an engine that differentiates programs.</summary>
internal sealed partial class AutodiffLab : Lab
{
    public override int Number => 5;

    public override string Title => "From optimization to automatic differentiation";

    public override string Summary =>
        """
        A parabola's lowest point, found by walking downhill; a curve fitted to points with a gradient derived by
        hand; and then the chain rule done by a machine, so that nobody has to derive anything again.
        """;

    public override void Run(LabContext lab)
    {
        FindMinima(lab);
        WalkDownhill(lab);
        FitCurve(lab);
        NameTheParts(lab);
        AddNoise(lab);
        FollowTheChain(lab);
        PortToTensors(lab);
    }
}
