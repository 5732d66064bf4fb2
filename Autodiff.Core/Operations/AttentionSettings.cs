namespace Autodiff.Operations;

/// <summary>How an attention is computed.</summary>
/// <param name="Scale">What products of queries and keys are multiplied by.</param>
/// <param name="IsCausal">Whether query i sees keys 0 to i alone.</param>
/// <param name="Dropout">The probability that a weight is dropped.</param>
/// <param name="Generator">The source of what is dropped.</param>
internal readonly record struct AttentionSettings(double Scale, bool IsCausal, double Dropout, Generator Generator);
