using Autodiff.Nn;
using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Shapes;

[TestFixture("cpu")]
[TestFixture("cuda")]
public class PositionCheckTests(string device) : DeviceFixture(device)
{
    private static Tensor Ints(params long[] values) => Tensor.From(values);

    private static void Refuses(Action act, params string[] words)
    {
        Exception? e = Assert.Catch(act);
        Assert.That(e, Is.InstanceOf<ArgumentException>());
        foreach (string word in words)
        {
            Assert.That(e!.Message, Does.Contain(word));
        }
    }

    [Test]
    public void An_embedding_names_the_wrong_row_and_its_place()
    {
        Tensor weight = Tensor.Ones([3, 2]);
        weight.Name = "words";
        Tensor indices = Tensor.From(new long[,] { { 0, 2 }, { -1, 1 } });
        Refuses(() => Tensor.Embedding(indices, weight),
            "Embedding: index -1 is out of range for dim 0 of words [3, 2], which has 3 entries.",
            "at [1, 0] of the indices [2, 2]");
        Refuses(() => Tensor.Embedding(indices, weight, paddingIndex: 0), "-1");
        Refuses(() => Tensor.Embedding(Ints(0, 3), weight), "index 3", "at [1] of the indices [2]");
        Refuses(() => new Embedding(3, 2).Forward(Ints(-3)), "-3");
    }

    [Test]
    public void Positions_that_are_not_in_brackets_are_not_negative()
    {
        Tensor x = Tensor.Ones([3, 2]);
        Refuses(() => x.Gather(0, Tensor.From(new long[,] { { 0, -1 } })), "Gather", "-1", "[0, 1]", "Negative");
        Refuses(() => x.IndexSelect(0, Ints(-1)), "IndexSelect", "-1");
        Refuses(() => x.TakeAlongDim(Tensor.From(new long[,] { { -1, 0 } }), 0), "-1");
        Refuses(() => x.Scatter(0, Tensor.From(new long[,] { { -1, 0 } }), 1), "Scatter", "-1");
        Refuses(() => x.ScatterAdd(0, Tensor.From(new long[,] { { 0, 3 } }), 1), "ScatterAdd", "3");
        Refuses(() => x.IndexAdd(0, Ints(-1), x[..1]), "IndexAdd", "-1");
        Refuses(() => x.IndexCopy(0, Ints(-1), x[..1]), "IndexCopy", "-1");
        Assert.That(x.IndexFill(0, Ints(-1), 5)[2, 0].Item(), Is.EqualTo(5)); // as PyTorch's
        Assert.That(x.Take(Ints(-1)).Item(), Is.EqualTo(1));
    }

    [Test]
    public void Class_numbers_are_checked()
    {
        Tensor scores = Tensor.Zeros([2, 3]);
        Refuses(() => Functional.CrossEntropyLoss(scores, Ints(0, -1)), "-1", "element 1");
        Refuses(() => Functional.NLLLoss(scores, Ints(3, 0)), "3", "element 0");
        Refuses(() => Functional.NLLLoss(scores, Ints(0, -101)), "-101");
        Refuses(() => Ints(0, -2).OneHot(3), "-2");
        Refuses(() => Ints(0, 1L << 40).OneHot(), "1099511627777");
        Refuses(() => Ints(1, 1L << 40).Bincount(), "1099511627776");
        Refuses(() => Ints(1, -4).Bincount(), "-4", "non-negative");
    }
}
