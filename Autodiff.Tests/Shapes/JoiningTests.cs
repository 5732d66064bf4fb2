using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Shapes;

[TestFixture("cpu")]
[TestFixture("cuda")]
public class JoiningTests(string device) : DeviceFixture(device)
{
    private static Tensor Count(params int[] shape) =>
        Tensor.From<long>([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(i => (long)i)], shape);

    private static void Check(Tensor actual, string shape, params long[] values)
    {
        Assert.That(actual.Shape.ToString(), Is.EqualTo(shape));
        Assert.That(actual.ToArray<long>(), Is.EqualTo(values));
    }

    [Test]
    public void Cat_joins_and_promotes()
    {
        Check(Tensor.Cat([Count(2, 2), Count(2, 1) + 7], 1), "[2, 3]", 0, 1, 7, 2, 3, 8);
        Check(Tensor.Cat([Count(2), Tensor.From(9)]), "[3]", 0, 1, 9);
        Assert.That(Tensor.Cat([Count(2), Tensor.From(0.5f)]).DType, Is.EqualTo(DType.Float32));
        Assert.That(Tensor.Cat([Tensor.From(1f), Tensor.From(0.5)]).DType, Is.EqualTo(DType.Float64));
        Check(Tensor.Cat([Tensor.From(Array.Empty<long>()), Count(1, 2)]), "[1, 2]", 0, 1);
        Check(Tensor.Cat([Count(3, 2).T, Count(3, 2).T], 0), "[4, 3]", 0, 2, 4, 1, 3, 5, 0, 2, 4, 1, 3, 5);
    }

    [Test]
    public void Stacks_make_a_dimension()
    {
        Check(Tensor.Stack([Count(2), Count(2) + 5], -1), "[2, 2]", 0, 5, 1, 6);
        Check(Tensor.HStack(Count(2), Count(1)), "[3]", 0, 1, 0);
        Check(Tensor.HStack(Count(2, 1), Count(2, 2)), "[2, 3]", 0, 0, 1, 1, 2, 3);
        Check(Tensor.VStack(Count(2), Count(1, 2)), "[2, 2]", 0, 1, 0, 1);
        Check(Tensor.DStack(Count(2), Count(2) + 5), "[1, 2, 2]", 0, 5, 1, 6);
    }

    [Test]
    public void Repeats_and_tiles()
    {
        Check(Count(2).Repeat(2, 2), "[2, 4]", 0, 1, 0, 1, 0, 1, 0, 1);
        Check(Count(2, 1).Tile(2), "[2, 2]", 0, 0, 1, 1);
        Check(Count(2, 2).RepeatInterleave(2), "[8]", 0, 0, 1, 1, 2, 2, 3, 3);
        Check(Count(2, 2).RepeatInterleave(Tensor.From(0L, 2), 1), "[2, 2]", 1, 1, 3, 3);
        Check(Count(2, 2).RepeatInterleave(Tensor.From(2L), 0), "[4, 2]", 0, 1, 0, 1, 2, 3, 2, 3);
        Assert.That(() => Count(2, 2).Repeat(2),
            Throws.ArgumentException.With.Message.StartsWith("Repeat: counts [2] must be"));
        Assert.That(() => Count(2, 2).RepeatInterleave(Tensor.From(1L, 2, 3), 0),
            Throws.ArgumentException.With.Message.Contains("must be 2 integers"));
    }

    [Test]
    public void Grids_in_both_orders()
    {
        Tensor[] ij = Tensor.Meshgrid(Count(2), Count(3)), xy = Tensor.Meshgrid(MeshIndexing.XY, Count(2), Count(3));
        Check(ij[0], "[2, 3]", 0, 0, 0, 1, 1, 1);
        Check(ij[1], "[2, 3]", 0, 1, 2, 0, 1, 2);
        Check(xy[0], "[3, 2]", 0, 1, 0, 1, 0, 1);
        Check(xy[1], "[3, 2]", 0, 0, 1, 1, 2, 2);
        Assert.That(Tensor.Meshgrid(Count(0), Count(3))[0].Shape.ToString(), Is.EqualTo("[0, 3]"));
    }

    [Test]
    public void Pads_in_four_modes()
    {
        Check(Count(3).Pad([1, 2], value: 9), "[6]", 9, 0, 1, 2, 9, 9);
        Check(Count(3).Pad([-1, 1]), "[3]", 1, 2, 0);
        Check(Count(3).Pad([2, 1], PadMode.Reflect), "[6]", 2, 1, 0, 1, 2, 1);
        Check(Count(3).Pad([1, 2], PadMode.Replicate), "[6]", 0, 0, 1, 2, 2, 2);
        Check(Count(3).Pad([3, 1], PadMode.Circular), "[7]", 0, 1, 2, 0, 1, 2, 0);
        Check(Count(2, 2).Pad([0, 1, 1, 0]), "[3, 3]", 0, 0, 0, 0, 1, 0, 2, 3, 0);
        Assert.That(() => Count(3).Pad([3, 0], PadMode.Reflect),
            Throws.ArgumentException.With.Message.Contains("which has 3 entries; it can add 0 to 2"));
        Assert.That(() => Count(3).Pad([1]), Throws.ArgumentException);
        Assert.That(() => Count(3).Pad([-2, -2]),
            Throws.ArgumentException.With.Message.Contains("takes more from dim 0"));
        Numeric.CheckGradients(x => x[0].Pad([-1, 2, 1, -1], value: 3), Numeric.Values(3, 3));
        Numeric.CheckGradients(x => x[0].Pad([2, 1], PadMode.Reflect), Numeric.Values(2, 3));
    }

    [Test]
    public void Rolls_flips_and_turns()
    {
        Check(Count(4).Roll(1), "[4]", 3, 0, 1, 2);
        Check(Count(4).Roll(-5), "[4]", 1, 2, 3, 0);
        Check(Count(2, 2).Roll([1, 1], [0, 1]), "[2, 2]", 3, 2, 1, 0);
        Check(Count(2, 3).Flip(0, 1), "[2, 3]", 5, 4, 3, 2, 1, 0);
        Check(Count(2, 3).FlipLr(), "[2, 3]", 2, 1, 0, 5, 4, 3);
        Check(Count(2, 3).FlipUd(), "[2, 3]", 3, 4, 5, 0, 1, 2);
        Check(Count(2, 2).Rot90(), "[2, 2]", 1, 3, 0, 2);
        Check(Count(2, 2).Rot90(-1), "[2, 2]", 2, 0, 3, 1);
        Assert.That(() => Count(2, 2).Flip(0, -2),
            Throws.ArgumentException.With.Message.StartsWith("Flip: dim -2 appears twice"));
        Numeric.CheckGradients(x => x[0].Flip(1).Rot90().Roll(1, 0), Numeric.Values(2, 3));
    }

    [Test]
    public void Triangles_and_diagonals()
    {
        Check(Count(3, 3).Tril(), "[3, 3]", 0, 0, 0, 3, 4, 0, 6, 7, 8);
        Check(Count(2, 3).Triu(1), "[2, 3]", 0, 1, 2, 0, 0, 5);
        Check((Count(2) + 1).Diag(-1), "[3, 3]", 0, 0, 0, 1, 0, 0, 0, 2, 0);
        Check(Count(2, 3).Diag(1), "[2]", 1, 5);
        Check(Count(3, 3).Trace(), "[]", 12);
        Assert.That(Tensor.From(new[,] { { 1, float.NaN }, { 1, 1 } }).Tril().ToArray<float>(),
            Is.EqualTo(new float[] { 1, 0, 1, 1 }));
        Numeric.CheckGradients(x => x[0].Tril(-1) + x[0].Triu(1), Numeric.Values(3, 3));
        Numeric.CheckGradients(x => x[0].DiagEmbed(1, 0, 2), Numeric.Values(2, 2));
        Numeric.CheckGradients(x => x[0].Diagonal(-1) * x[0].Trace(), Numeric.Values(3, 3));
    }

    [Test]
    public void Joining_is_differentiable_to_second_order()
    {
        Numeric.CheckGradients(x => Tensor.Cat([x[0], x[1].T], 1), Numeric.Values(2, 2), Numeric.Values(1, 2));
        Numeric.CheckGradients(x => Tensor.Stack([x[0], x[1], x[0]], 1), Numeric.Values(2), Numeric.Values(9, [2]));
        Numeric.CheckGradients(x => x[0].Repeat(2, 3), Numeric.Values(2));
        Numeric.CheckGradients(x => x[0].RepeatInterleave(Tensor.From(2L, 0, 1), 0), Numeric.Values(3, 2));
        Numeric.CheckGradients(x => Tensor.Meshgrid(x[0], x[1]).Aggregate((a, b) => a * b), Numeric.Values(2),
            Numeric.Values(9, [3]));
    }

    [Test]
    public void Messages_show_both_shapes()
    {
        Assert.That(() => Tensor.Cat([Count(2, 3), Count(2, 4)]), Throws.ArgumentException.With.Message.EqualTo(
            "Cat: shapes must agree except in dim 0; tensor 0 is [2, 3], tensor 1 is [2, 4]."));
        Assert.That(() => Tensor.Stack([Count(2), Count(3)]), Throws.ArgumentException.With.Message.EqualTo(
            "Stack: shapes must agree; tensor 0 is [2], tensor 1 is [3]."));
        Assert.That(() => Tensor.Cat([]), Throws.ArgumentException);
        Assert.That(() => Tensor.Cat([Tensor.Scalar(1f)]),
            Throws.ArgumentException.With.Message.StartsWith("Cat: a tensor of rank 0 has no dimensions."));
    }

    [Test]
    public void Plain_numbers_in_a_stack_take_the_type_of_the_tensors()
    {
        Tensor x = Tensor.Scalar(1f);
        Assert.That(Tensor.Stack([x, 2.5]).ToArray<float>(), Is.EqualTo(new[] { 1f, 2.5f }));
        foreach (Tensor y in new[] { Tensor.Stack([x, 2.5]), Tensor.HStack(x, 2.5), Tensor.VStack(2.5, x, 3),
            Tensor.DStack(x, 2.5) })
        {
            Assert.That(y.DType, Is.EqualTo(DType.Float32));
        }

        Assert.That(Tensor.Stack([Tensor.Scalar(1), 2]).DType, Is.EqualTo(DType.Int32));
        Assert.That(Tensor.Stack([1, 2.5]).DType, Is.EqualTo(DType.Float32));
        Assert.That(Tensor.Stack([x, Tensor.Scalar(2.5)]).DType, Is.EqualTo(DType.Float64));
    }

    [Test]
    public void Repeating_works_up_to_the_largest_rank()
    {
        foreach (int rank in new[] { 12, 13, 24 })
        {
            int[] dims = new int[rank], counts = new int[rank];
            for (int d = 0; d < rank; d++)
            {
                (dims[d], counts[d]) = d == 1 ? (3, 2) : d == rank - 1 ? (2, 3) : d == 4 ? (1, 2) : (1, 1);
            }

            Tensor x = Count(3, 2).To(DType.Float64).Reshape(dims).RequireGrad();
            Tensor y = x.Repeat(counts);
            double[] one = [0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 4, 5, 4, 5, 4, 5];
            // along dim 4, of one entry, whole rows of the last one are repeated
            double[] rows = [.. one.Chunk(6).SelectMany(row => row.Concat(row))];
            Assert.That(y.Shape.ToArray(), Is.EqualTo(dims.Select((size, d) => size * counts[d])));
            Assert.That(y.ToArray<double>(), Is.EqualTo(rows.Concat(rows)), $"rank {rank}");
            y.Sum().Backward();
            Assert.That(x.Grad!.ToArray<double>(), Is.All.EqualTo(12));
            Assert.That(x.RepeatInterleave(2, 1).ToArray<double>(),
                Is.EqualTo(new double[] { 0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5 }));
            counts[2] = 0;
            Assert.That(x.Repeat(counts).Shape.ToArray(), Is.EqualTo(dims.Select((size, d) => size * counts[d])));
        }
    }

    [Test]
    public void Kronecker_products_work_up_to_the_largest_rank()
    {
        foreach (int rank in new[] { 13, 24 })
        {
            Tensor a = Count(2, 3), b = Count(2, 2) + 1;
            int[] high = [.. Enumerable.Repeat(1, rank - 2), 2, 3];
            Tensor y = a.Reshape(high).Kron(b), z = b.Kron(a.Reshape(high));
            Assert.That(y.Shape.ToArray(), Is.EqualTo(Enumerable.Repeat(1, rank - 2).Concat([4, 6])));
            Assert.That(y.ToArray<long>(), Is.EqualTo(a.Kron(b).ToArray<long>()));
            Assert.That(z.ToArray<long>(), Is.EqualTo(b.Kron(a).ToArray<long>()));
        }
    }
}
