namespace Labs.Lab1;

/// <summary>Gradient descent on a parabola, linear regression, and what a large network costs.</summary>
internal sealed partial class GradientDescentLab : Lab
{
    public override int Number => 1;

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
    }
}
