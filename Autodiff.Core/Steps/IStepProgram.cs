namespace Autodiff.Steps;

/// <summary>A captured step, ready to be replayed.</summary>
internal interface IStepProgram : IDisposable
{
    /// <summary>How many calls a replay makes.</summary>
    int CommandCount { get; }

    /// <summary>The gradients that a replay needs and leaves.</summary>
    StepGradients Gradients { get; }

    /// <summary>Whether the program was captured for inputs like these.</summary>
    bool Fits(ReadOnlySpan<Tensor> inputs);

    /// <summary>Brings the inputs in, where they are not those of the last time, and runs.</summary>
    Tensor Run(ReadOnlySpan<Tensor> inputs);

    /// <summary>Refuses to go on where memory that the step works with was disposed.</summary>
    void RequireMemory();

    /// <summary>
    /// Takes over what another, eager recording of the step has left, as if it had been a replay: its gradients, and
    /// its result.
    /// </summary>
    Tensor Adopt(Tensor result);
}
