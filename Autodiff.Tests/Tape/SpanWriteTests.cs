using System.Numerics.Tensors;

namespace Autodiff.Tests.TapeTests;

/// <summary>
/// What is written through a span is seen: by a compiled step at every replay, by Backward where a saved value was
/// changed.
/// </summary>
public class SpanWriteTests
{
    private static void Refuses(Tensor y) =>
        Assert.That(() => y.Sum().Backward(),
            Throws.InvalidOperationException.With.Message.Contains("changed in place afterwards"));

    [Test]
    public void A_saved_value_that_was_exposed_before()
    {
        Tensor x = Tensor.From(1f, 2f).RequireGrad();
        Span<float> span = x.AsSpan<float>();
        span[0] = 3;
        Tensor y = x * x, z = x.Square();
        y.Sum().Backward(retainGraph: true);
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(new[] { 6f, 4f }),
            "writing before the operation is no change of what it saves");
        span[1] = 7;
        Refuses(y);
        Refuses(z);
        x.Grad = null;
        (x * x).Sum().Backward();
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(new[] { 6f, 14f }));
    }

    [Test]
    public void A_saved_value_that_is_exposed_afterwards()
    {
        Tensor x = Tensor.From(1f, 2f).RequireGrad(), y = x * x;
        Span<float> span = x.AsSpan<float>();
        y.Sum().Backward(retainGraph: true);
        span[0] = 5;
        Refuses(y);
        Refuses(y);
    }

    [Test]
    public void Outputs_views_functions_and_changes_in_place()
    {
        Tensor x = Tensor.From(1f, 2f, 3f, 4f).RequireGrad(), w = Tensor.Ones([2, 2]);
        Tensor e = x.Exp();
        Span<float> ofResult = e.AsSpan<float>();
        Tensor m = x.Reshape(2, 2).MatMul(w), part = x.Narrow(0, 1, 2).Square();
        ofResult[0]++;
        Refuses(e);
        w.AsTensorSpan<float>()[0, 0] = 9;
        Refuses(m);
        x.AsSpan<float>()[2] = 0;
        Refuses(part);

        Tensor z = x.Clone();
        Span<float> inside = z.AsSpan<float>();
        z.ExpInPlace();
        z.Sum().Backward(retainGraph: true);
        inside[3] = 0;
        Refuses(z);
    }

    [Test]
    public void A_span_to_read_changes_nothing()
    {
        Tensor x = Tensor.From(1f, 2f).RequireGrad(), y = x * x;
        Assert.That(x.AsReadOnlySpan<float>().ToArray(), Is.EqualTo(new[] { 1f, 2f }));
        Assert.That(x.AsReadOnlyTensorSpan<float>()[1], Is.EqualTo(2));
        int version = x.Storage.Version;
        y.Sum().Backward();
        Assert.That(x.Storage.MayChangeUnseen, Is.False);
        Assert.That(x.Storage.Version, Is.EqualTo(version));
        Assert.That(() => x.AsReadOnlySpan<double>(),
            Throws.InvalidOperationException.With.Message.StartsWith("AsReadOnlySpan<Double>"));
    }

    [Test]
    public void What_a_read_only_span_shows_is_not_given_to_another_tensor()
    {
        ReadOnlySpan<float> span = Tensor.Full([10_000], 3).AsReadOnlySpan<float>();
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Tensor.Full([10_000], 7).Dispose();
        }

        Assert.That(span.IndexOfAnyExcept(3f), Is.EqualTo(-1));
    }

    [Test]
    public void An_exposed_input_of_a_compiled_step([Values(3, 6000)] int n)
    {
        Tensor x = Tensor.Ones([n]);
        using var step = new CompiledStep((Tensor v) => (v * 2).Sum());
        for (int i = 0; i < 3; i++)
        {
            Assert.That(step.Run(x).Item(), Is.EqualTo(2 * n));
        }

        Span<float> span = x.AsSpan<float>();
        for (int i = 1; i < 5; i++)
        {
            span[n - 1] = i + 1;
            Assert.That(step.Run(x).Item(), Is.EqualTo(2 * n + 2 * i));
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        step.Run(x);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
