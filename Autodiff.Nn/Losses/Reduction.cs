namespace Autodiff.Nn;

/// <summary>What a loss makes of the losses of single elements.</summary>
public enum Reduction
{
    /// <summary>Leaves them as they are.</summary>
    None,

    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their sum divided by the size of the first dimension; for <see cref="KLDivLoss"/>.</summary>
    BatchMean,
}
