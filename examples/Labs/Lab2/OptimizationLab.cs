namespace Labs.Lab2;

/// <summary>From a random search for the bottom of x² to a network trained in minibatches.</summary>
internal sealed partial class OptimizationLab : Lab
{
    public override int Number => 2;

    public override void Run(LabContext lab)
    {
        MinimizeSquare(lab);
        SearchFiveNumbers(lab);
        FitLine(lab);
        FitLibraryNetwork(lab);
        double lossByHand = BuildNetworkByHand(lab);
        BuildModule(lab, lossByHand);
        LoadData(lab);
        TrainInMinibatches(lab);
        UseFewPoints(lab);
        CompareOptimizers(lab);
        LearnImages(lab);
    }
}
