namespace Autodiff;

/// <summary>The leaves' gradients of a recorded tape beside central differences of its function.</summary>
internal static class DifferenceCheck
{
    public static (IReadOnlyList<FiniteDifference> Differences, string? Note) Of(
        Tape tape, Func<Tensor> function, Tensor seed, Tensor root, byte[] numbers, int most)
    {
        if (most == 0)
        {
            return ([], "No finite differences were asked for.");
        }

        TapeRecorder recorder = tape.Recorder!;
        if (tape.FirstOrDefault(node => node is not LeafNode && !recorder.IsMadeHere(node)) is { } before)
        {
            return (
                [],
                $"No finite differences: {before} was computed before the function, which does not compute it again.");
        }

        List<FiniteDifference> differences = [];
        byte[] after = TorchGenerator.Default.GetState();
        string? note = null;
        try
        {
            double expected = Weighed(tape.ValueOf(tape[^1])!, seed), again = Value();
            if (expected != again && !(double.IsNaN(expected) && double.IsNaN(again)))
            {
                return ([],
                    $"No finite differences: the function gave {expected:R} the first time and {again:R} the second.");
            }

            foreach (LeafNode leaf in tape.OfType<LeafNode>())
            {
                if (tape.GradientOf(leaf) is { } gradient && !recorder.IsMadeHere(leaf))
                {
                    note = leaf.Tensor.ElementCount > most
                        ? $"Finite differences were made for the first {most} elements of a leaf." : note;
                    Check(leaf, gradient);
                }
            }
        }
        catch (InvalidOperationException e)
        {
            note = $"Finite differences ended early: {e.Message}";
        }
        finally
        {
            TorchGenerator.Default.SetState(after);
        }

        return (differences, note);

        double Value()
        {
            TorchGenerator.Default.SetState(numbers);
            using GradMode.UserCodeScope mode = GradMode.SetForUserCode(true);
            return Weighed(function().Detach(), seed);
        }

        void Check(LeafNode leaf, Tensor gradient)
        {
            Tensor x = leaf.Tensor;
            bool isSingle = x.DType == DType.Float32;
            double[] values = x.ToArray<double>(), derivatives = gradient.ToArray<double>();
            TensorView own = x.View;
            Tensor shifted = x.Detach().Clone();

            // For a while the leaf has other memory: its own doesn't change, nor its version, which other graphs rely
            // on.
            x.Rebase(shifted.View);
            try
            {
                for (int i = 0; i < Math.Min(values.Length, most); i++)
                {
                    // The cube root of the type's precision balances rounding against the third derivative; powers of
                    // two round least.
                    double at = values[i],
                        h = Math.ScaleB(Math.Max(1, double.IsFinite(at) ? Math.Abs(at) : 1), isSingle ? -7 : -17);
                    double above = isSingle ? (float)(at + h) : at + h, below = isSingle ? (float)(at - h) : at - h;
                    double high = Shifted(above), low = Shifted(below), step = above - below;
                    values[i] = at;
                    Set(shifted, values);
                    double quotient = (high - low) / step, error = Math.Abs(quotient - derivatives[i]);
                    double noise = Math.Max(Math.Abs(high), Math.Abs(low)) * (isSingle ? 1e-6 : 1e-15) / step;
                    double scale = Math.Max(Math.Abs(quotient), Math.Abs(derivatives[i]));
                    bool agrees = error <= noise + (scale * (isSingle ? 1e-2 : 1e-5)) + (isSingle ? 1e-3 : 1e-7);
                    differences.Add(new(leaf, i, derivatives[i], low, high, step, agrees));

                    double Shifted(double to)
                    {
                        values[i] = to;
                        Set(shifted, values);
                        return Value();
                    }
                }
            }
            finally
            {
                x.Rebase(own);
            }
        }
    }

    private static double Weighed(Tensor value, Tensor seed)
    {
        using (Tensor.Unrecorded())
        {
            return (value.To(DType.Float64) * seed.To(DType.Float64)).Sum().Item();
        }
    }

    /// <summary>Writes numbers into a tensor of any floating type and device, unrecorded.</summary>
    public static void Set(Tensor x, double[] to)
    {
        using (Tensor.Unrecorded())
        {
            x.CopyFrom(Tensor.From<double>(to.AsSpan(), x.Shape).To(x.DType).To(x.Device));
        }
    }
}
