namespace Autodiff.Tests;

[TestFixture]
public class Mt19937Tests
{
    [Test]
    public void The_ten_thousandth_word_is_the_one_that_the_C_plus_plus_standard_demands()
    {
        var engine = new Mt19937(5489);
        var words = new uint[10_000];
        engine.Fill(words);
        Assert.That(words[^1], Is.EqualTo(4123659995u));
    }

    [Test]
    public void An_array_seed_gives_the_reference_implementations_words()
    {
        var engine = new Mt19937([0x123, 0x234, 0x345, 0x456]);
        uint[] words = [engine.Next32(), engine.Next32(), engine.Next32(), engine.Next32(), engine.Next32()];
        Assert.That(words, Is.EqualTo(new[] { 1067595299u, 955945823u, 477289528u, 4107218783u, 4228976476u }));
    }

    [Test]
    public void A_fill_continues_single_draws_and_is_continued_by_them([Values(0, 1, 600, 623, 624)] int before)
    {
        var filled = new Mt19937(1);
        var single = new Mt19937(1);
        for (int i = 0; i < before; i++)
        {
            filled.Next32();
            single.Next32();
        }

        var words = new uint[1300];
        filled.Fill(words);
        Assert.That(words, Is.All.Matches<uint>(w => w == single.Next32()));
        Assert.That(filled.Next64(), Is.EqualTo(single.Next64()));
    }

    [Test]
    public void A_copy_goes_its_own_way()
    {
        var engine = new Mt19937(1);
        engine.Next32();
        Mt19937 copy = engine;
        var fromCopy = new uint[700];
        copy.Fill(fromCopy);
        var fromEngine = new uint[700];
        engine.Fill(fromEngine);
        Assert.That(fromEngine, Is.EqualTo(fromCopy));
    }
}
