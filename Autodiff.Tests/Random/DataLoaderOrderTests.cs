namespace Autodiff.Tests;

[TestFixture, NonParallelizable]
public class DataLoaderOrderTests
{
    [Test]
    public void A_pass_with_a_generator_takes_seed_and_order_from_it()
    {
        var generator = new TorchGenerator(42);
        long[] order = [.. DataLoaderOrder.Pass(9, true, generator)];

        var byHand = new TorchGenerator(42);
        byHand.Random64();
        Assert.That(order, Is.EqualTo(byHand.RandPerm(9)));
        byHand.RandPerm(9);
        Assert.That(generator.Random64(), Is.EqualTo(byHand.Random64()));
    }

    [Test]
    public void A_pass_without_one_seeds_a_private_generator()
    {
        TorchGenerator shared = TorchGenerator.Default.ManualSeed(42);
        long[] order = [.. DataLoaderOrder.Pass(9, true, null)];

        var byHand = new TorchGenerator(42);
        byHand.Random64();
        Assert.That(order, Is.EqualTo(new TorchGenerator((long)byHand.Random64()).RandPerm(9)));
        Assert.That(shared.Random64(), Is.EqualTo(byHand.Random64()), "two seeds were drawn");
    }

    [Test]
    public void An_unshuffled_pass_is_in_order() =>
        Assert.That(DataLoaderOrder.Pass(4, false, new TorchGenerator(1)), Is.EqualTo(new long[] { 0, 1, 2, 3 }));

    [Test]
    public void A_split_deals_out_every_index_once()
    {
        long[][] parts = DataLoaderOrder.RandomSplit([5, 0, 3], new TorchGenerator(1));
        Assert.That(parts.Select(p => p.Length), Is.EqualTo(new[] { 5, 0, 3 }));
        Assert.That(parts.SelectMany(p => p), Is.EquivalentTo(new long[] { 0, 1, 2, 3, 4, 5, 6, 7 }));
    }
}
