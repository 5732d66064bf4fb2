namespace Autodiff.Tests;

[TestFixture, NonParallelizable]
public class TensorRandomTests
{
    [Test]
    public void Tensors_take_their_numbers_from_the_default_generator()
    {
        Tensor.ManualSeed(42);
        Tensor u = Tensor.Rand([2, 3]);
        Tensor z = Tensor.Randn([20], DType.Float64);
        Tensor k = Tensor.RandInt(3, 9, [5]);
        Tensor order = Tensor.RandPerm(7);

        TorchGenerator byHand = new(42);
        Assert.That(u.ToArray<float>(), Is.EqualTo(Filled<float>(6, d => byHand.Uniform(d))));
        Assert.That(z.ToArray<double>(), Is.EqualTo(Filled<double>(20, d => byHand.Normal(d))));
        Assert.That(k.ToArray<long>(), Is.EqualTo(Filled<long>(5, d => byHand.RandInt(d, 3, 9))));
        Assert.That(order.ToArray<long>(), Is.EqualTo(byHand.RandPerm(7)));
    }

    [Test]
    public void A_transposed_tensor_is_filled_in_the_order_of_its_memory()
    {
        Tensor plain = Tensor.Zeros([3, 8]).UniformInPlace(-1, 1, new TorchGenerator(1));
        Tensor whole = Tensor.Zeros([3, 8]);
        whole.T.UniformInPlace(-1, 1, new TorchGenerator(1));
        Assert.That(whole.ToArray<float>(), Is.EqualTo(plain.ToArray<float>()));
    }

    [Test]
    public void Strided_normals_are_drawn_one_at_a_time()
    {
        Tensor whole = Tensor.Zeros([4, 10]);
        whole.T.NormalInPlace(0, 1, new TorchGenerator(1));
        TorchGenerator byHand = new(1);
        Assert.That(whole.ToArray<float>(), Is.EqualTo(Filled<float>(40, d => byHand.Normal(d, contiguous: false))));
    }

    [Test]
    public void Each_element_can_have_its_own_mean_deviation_and_probability()
    {
        Tensor z = Tensor.Normal(Tensor.From(10f, 20f), Tensor.From(new float[,] { { 0 }, { 1 } }),
            new TorchGenerator(3));
        float[] raw = Filled<float>(4, d => new TorchGenerator(3).Normal(d));
        Assert.That(z.ToArray<float>(), Is.EqualTo(new[] { 10, 20, raw[2] + 10, raw[3] + 20 }));
        Assert.That(Tensor.Bernoulli(Tensor.From(0f, 1f, 1f)).ToArray<float>(), Is.EqualTo(new float[] { 0, 1, 1 }));
    }

    [Test]
    public void Masks_and_integers_fill_tensors_of_any_type()
    {
        TorchGenerator byHand = new(5);
        Assert.That(
            Tensor.Zeros([9], DType.Int32).BernoulliInPlace(0.3, new TorchGenerator(5)).ToArray<bool>(),
            Is.EqualTo(Filled<bool>(9, d => byHand.Bernoulli(d, 0.3))));
        Assert.That(
            Tensor.RandInt(10, [6], DType.Float64, generator: new TorchGenerator(6)).ToArray<long>(),
            Is.EqualTo(Filled<long>(6, d => new TorchGenerator(6).RandInt(d, 0, 10))));
    }

    [Test]
    public void A_leaf_that_requires_grad_is_filled_under_NoGrad_only()
    {
        Tensor w = Tensor.Zeros([2]).RequireGrad();
        w.Name = "w";
        Assert.That(() => w.UniformInPlace(),
            Throws.InvalidOperationException.With.Message.Contains("w [2] is a leaf that requires grad"));
        using (Tensor.NoGrad())
        {
            w.UniformInPlace();
        }

        Assert.That(w.RequiresGrad);
        Assert.That(w.ToArray<float>(), Is.All.GreaterThan(0));
    }

    [Test]
    public void Integers_hold_no_real_numbers() =>
        Assert.That(() => Tensor.Rand([2], DType.Int64),
            Throws.InvalidOperationException.With.Message.Contains("int64; use float32 or float64"));

    private delegate void Fill<T>(Span<T> destination);

    private static T[] Filled<T>(int count, Fill<T> fill)
    {
        var values = new T[count];
        fill(values);
        return values;
    }

    [Test]
    public void Standard_deviations_that_are_negative_or_NaN_are_refused_before_anything_is_drawn()
    {
        Tensor mean = Tensor.Zeros([2]);
        foreach (double wrong in new[] { -1, double.NaN })
        {
            TorchGenerator generator = new(3);
            Assert.That(() => Tensor.Normal(mean, Tensor.From(1f, (float)wrong), generator),
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("at least 0"));
            Assert.That(generator.Random32(), Is.EqualTo(new TorchGenerator(3).Random32()));
        }

        Assert.That(Tensor.Normal(mean + 2, Tensor.Zeros([2])).ToArray<float>(), Is.All.EqualTo(2));
        Assert.That(Tensor.Normal(Tensor.Zeros([0]), Tensor.Zeros([0])).ElementCount, Is.Zero);
    }

    [Test]
    public void A_truth_value_holds_no_number_but_0_and_1()
    {
        Assert.That(() => Tensor.RandInt(0, 10, [5], DType.Bool),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("bool"));
        Assert.That(Tensor.RandInt(0, 2, [100], DType.Bool).To(DType.Int64).Sum().Item(), Is.InRange(20, 80));
        Assert.That(Tensor.RandInt(1, 2, [5], DType.Bool).ToArray<bool>(), Is.All.True);
    }
}
