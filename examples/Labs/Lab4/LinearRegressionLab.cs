namespace Labs.Lab4;

/// <summary>
/// Linear regression with nothing but tensors: the model, the loss, the update and its variants by hand.
/// </summary>
internal sealed partial class LinearRegressionLab : Lab
{
    public override int Number => 4;

    public override void Run(LabContext lab)
    {
        ShowData(lab);
        var (w, b) = PrintedWeights();
        DefineModel(lab, w, b);
        DefineLoss(lab, w, b);
        TakeFirstStep(lab, w, b);
        TakeSecondStep(lab, w, b);
        TrainOnFullBatch(lab, w, b);
        ExplainSlowness(lab, w, b);
        TrainInBatches(lab);
        ShuffleAsPublished(lab);
        CompareVariants(lab);
        HoldOut(lab);
    }
}
