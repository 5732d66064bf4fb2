using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Shapes;

/// <summary>
/// Positions and masks that lie in the memory that is written: all of them are read before anything is written.
/// </summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("cuda")]
[TestFixture("reference")]
public class OverlappingIndexTests(string device) : DeviceFixture(device)
{
    private static Tensor Ints(params long[] values) => Tensor.From(values);

    /// <summary>What a write leaves in a tensor that is its own index, against the same with a copy as index.</summary>
    private static void Check(Action<Tensor, Tensor> write, params long[] values)
    {
        Tensor x = Ints(values), right = Ints(values);
        write(x, x);
        write(right, right.Clone());
        Assert.That(x.ToArray<long>(), Is.EqualTo(right.ToArray<long>()));
    }

    [Test]
    public void A_permutation_is_inverted_in_its_own_memory()
    {
        Tensor p = Ints(2, 0, 3, 1);
        p[p] = Tensor.Arange(4);
        Assert.That(p.ToArray<long>(), Is.EqualTo(new long[] { 1, 3, 0, 2 }));
    }

    [Test]
    public void A_tensor_may_be_its_own_index()
    {
        Check((x, at) => x[at] = -1, 1, 0);
        Check((x, at) => x[at] = Ints(-7, 9, 1 << 40), 2, 0, 1);
        Check((x, at) => x.IndexPutInPlace([at], Ints(5, 6, 7), accumulate: true), 2, 0, 1);
        Check((x, at) => x.ScatterInPlace(0, at, Ints(-5, 70, -9)), 1, 2, 0);
        Check((x, at) => x.ScatterAddInPlace(0, at, Ints(-5, 70, -9)), 1, 1, 2);
        Check((x, at) => x.IndexFillInPlace(0, at, -100), 1, 2, 0);
        Check((x, at) => x.IndexCopyInPlace(0, at, Ints(-5, 70, -9)), 1, 2, 0);
        Check((x, at) => x.IndexAddInPlace(0, at, Ints(-5, 70, -9)), 1, 1, 2);
    }

    [Test]
    public void A_part_of_a_tensor_may_be_the_index_of_another_part()
    {
        Check((x, at) => x[1..][at[..4]] = Ints(-1, -2, -3, -4), 3, 2, 1, 0, 9);
        Check((x, at) => x.Slice(0, 1, 4).ScatterInPlace(0, at.Slice(0, 0, 4), Ints(-1, -2, -3, -4)), 3, 2, 1, 0, 9);
        Check((x, at) => x.Reshape(2, 2).ScatterInPlace(1, at.Reshape(2, 2).T, -1), 1, 1, 0, 1);
        Check((x, at) => x.Reshape(2, 2)[at[..2], at[2..]] = Ints(-8, -9), 1, 0, 0, 1);
    }

    [Test]
    public void A_mask_that_overlaps_what_it_fills_is_read_first()
    {
        Random random = new(1);
        Tensor start = Tensor.From<bool>([.. Enumerable.Range(0, 64 * 64).Select(_ => random.Next(2) == 0)], [64, 64]);
        foreach (Func<Tensor, Tensor> view in (Func<Tensor, Tensor>[])[m => m, m => m.T, m => m[5], m => m.Flip(0),
            m => m[.., 3..4]])
        {
            foreach (Action<Tensor, Tensor> fill in (Action<Tensor, Tensor>[])[
                (m, mask) => m.MaskedFillInPlace(mask, 0),
                (m, mask) => m[mask.Expand(64, 64)] = 0, (m, mask) => m.MaskedScatterInPlace(mask, start.T),
                (m, mask) => m.MaskedFillInPlace(mask, m[3, 4])])
            {
                Tensor m = start.Clone(), right = start.Clone();
                fill(m, view(m));
                fill(right, view(right).Clone());
                Assert.That(m.ToArray<bool>(), Is.EqualTo(right.ToArray<bool>()));
            }
        }

        Tensor full = Tensor.Full([64, 64], 1, DType.Bool);
        full[full.T] = 0;
        Assert.That(full.ToArray<bool>(), Is.All.False);
    }

    [Test]
    public void A_compiled_step_replays_such_writes()
    {
        using CompiledStep step = new((Tensor start) =>
        {
            Tensor p = start.Clone(), m = start.Reshape(2, 2).Gt(1);
            p[p] = Tensor.Arange(4);
            m.MaskedFillInPlace(m.T, 0);
            return p + m.Reshape(-1).To(DType.Int64) * 10;
        });
        foreach (long[] start in (long[][])[[2, 0, 3, 1], [1, 2, 3, 0], [0, 3, 1, 2], [3, 2, 1, 0], [2, 0, 3, 1]])
        {
            long[] right = new long[4];
            for (int i = 0; i < 4; i++)
            {
                right[start[i]] += i;
                right[i] += start[i] > 1 && start[(i % 2 * 2) + (i / 2)] <= 1 ? 10 : 0;
            }

            Assert.That(step.Run(Ints(start)).ToArray<long>(), Is.EqualTo(right));
        }
    }
}
