using Labs.Lab1;
using Labs.Lab2;
using Labs.Lab3;
using Labs.Lab4;
using Labs.Lab5;

namespace Labs.Shell;

/// <summary>The labs, in order. A lab is added by one line here.</summary>
internal static class LabCatalog
{
    public static IReadOnlyList<Lab> All { get; } =
    [
        new GradientDescentLab(),
        new OptimizationLab(),
        new LogisticRegressionLab(),
        new LinearRegressionLab(),
        new AutodiffLab(),
    ];
}
