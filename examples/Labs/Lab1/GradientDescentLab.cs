namespace Labs.Lab1;

/// <summary>Gradient descent on a parabola, linear regression, and what a large network costs.</summary>
internal sealed partial class GradientDescentLab : Lab
{
    public override int Number => 1;

    public override string Title => "Gradient descent";

    public override string Summary =>
        """
        A point walks down a parabola; the same walk, in two dimensions, fits a straight line; and in two hundred
        thousand dimensions it keeps a processor busy, and at the wrong learning rate ends in NaN.
        """;

    public override void Run(LabContext lab)
    {
        TakeOneStep(lab);
        TakeManySteps(lab);
        TryLearningRates(lab);
        TryAnotherFunction(lab);
        MakeData(lab);
        StartRegression(lab);
        TakeOneTrainingStep(lab);
        TrainRegression(lab);
        TryTrainingSettings(lab);
        TryDataSettings(lab);
        BuildNetwork(lab);
        TimeLargeNetwork(lab);
        ScaleUp(lab);
        Summarize(lab);
    }

    private static void Summarize(LabContext lab)
    {
        lab.Section("Summary");
        lab.Text(
            """
            - A step of gradient descent is $\theta \gets \theta - \eta \nabla f(\theta)$. The learning rate $\eta$
            decides everything: too small is slow, too large diverges.
            - A training loop is five lines: predict, compare, zero the gradients, go backward, step.
            - A loss that becomes NaN is rarely a riddle: halve the learning rate, or ask the anomaly mode where it
            began.
            - Time grows with the number of parameters times the number of samples; that is the arithmetic that GPUs
            are built for.
            """);
    }
}
