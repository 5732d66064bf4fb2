namespace Autodiff.Tests.TapeTests;

public class InPlaceTests
{
    [Test]
    public void A_recorded_change_in_place_is_part_of_the_graph()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        Tensor y = x * 3;
        y.MulInPlace(Tensor.From(2.0, 4.0));
        y += x;
        y.Backward(Tensor.From(1.0, 10.0));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 7.0, 130.0 }));
    }

    [Test]
    public void A_change_to_a_view_of_a_recorded_tensor_is_refused()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        Tensor row = (x * 3).Unsqueeze(0);
        Assert.That(() => row.MulInPlace(2), Throws.InvalidOperationException.With.Message.Contains("is a view (Unsqueeze) of a tensor that requires grad"));
    }

    [Test]
    public void A_view_taken_before_a_recorded_change_can_not_be_used_after_it()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        Tensor y = x * 3;
        Tensor stale = y.Unsqueeze(0);
        y.MulInPlace(2);
        Assert.That(() => stale * 1, Throws.InvalidOperationException.With.Message.Contains("Take the view again"));
        Assert.That(y.Unsqueeze(0).ToArray<double>(), Is.EqualTo(new[] { 6.0, 12.0 }));
    }

    [Test]
    public void A_view_of_a_parameter_survives_the_optimizer()
    {
        Tensor w = Tensor.From(new double[,] { { 1, 2 } }).RequireGrad();
        Tensor transposed = w.T;
        using (Tensor.NoGrad())
        {
            w += 1;
        }

        transposed.Sum().Backward();
        Assert.That(w.Grad!.ToArray<double>(), Is.EqualTo(new[] { 1.0, 1.0 }));
    }

    [Test]
    public void An_operand_that_overlaps_is_read_before_it_is_written()
    {
        Tensor x = Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } });
        x += x.T;
        Assert.That(x.ToArray<double>(), Is.EqualTo(new double[] { 2, 5, 5, 8 }));
    }

    [Test]
    public void Integers_do_not_take_fractions_in_place()
    {
        Tensor n = Tensor.From(1L, 2L);
        Assert.That(() => n += 0.5, Throws.InvalidOperationException.With.Message.Contains("int64 can't hold"));
    }

    [Test]
    public void A_disposed_tensor_says_so_and_never_shows_other_data()
    {
        Tensor x = Tensor.Ones([100, 100]);
        x.Name = "activations";
        Tensor view = x.T;
        x.Dispose();
        Tensor other = Tensor.Zeros([100, 100]);
        Assert.That(() => x + 1, Throws.TypeOf<ObjectDisposedException>().With.Message.Contains("activations [100, 100]"));
        Assert.That(() => view.Sum(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(other.Sum().Item(), Is.Zero);
    }

    [Test]
    public void A_span_keeps_its_memory_out_of_the_pool()
    {
        Span<float> span = Tensor.Full([100, 100], 7).AsSpan<float>();
        for (int i = 0; i < 20; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            _ = Tensor.Zeros([100, 100]);
        }

        Assert.That(span[5000], Is.EqualTo(7f));
    }
}
