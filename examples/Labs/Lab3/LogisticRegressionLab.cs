namespace Labs.Lab3;

/// <summary>Ones against sevens by logistic regression; then optimizers, seen walking over landscapes.</summary>
internal sealed partial class LogisticRegressionLab : Lab
{
    public override int Number => 3;

    public override void Run(LabContext lab)
    {
        // One seed, then draws in this order: two passes of the training data, the weights, and a pass of each part.
        Tensor.ManualSeed(42);
        var digits = LoadDigits(lab);
        LookAtDigits(lab, digits);
        DefineModel(lab, digits);
        var trained = CompareBatchSizes(lab, digits);
        PlayWithBatchSizes(lab, trained);
        ShowWeights(lab, trained);
        ShowMisclassified(lab, digits, trained);

        WatchAdam(lab);
        DescendByHand(lab);
        DescendWithMomentum(lab);
        DescendWithAdam(lab);
        BeEvil(lab);
        Play(lab);
        DecayWeights(lab);
        ShiftMinimum(lab);
        DecayLearningRate(lab);
        LearnFunction(lab);
        LearnFromMorePoints(lab);
    }
}
