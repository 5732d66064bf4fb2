using Autodiff.Cpu;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// Blocks [images, kernel height, kernel width, rows, columns] added up where they lie in images [images, height,
    /// width]: products with 0 would spread an infinity.
    /// </summary>
    /// <param name="height">The blocks along the height.</param>
    /// <param name="width">Along the width.</param>
    /// <param name="blocks">Takes the blocks out of padded images: the rule of the gradient.</param>
    internal Tensor SumOfBlocks(BlockSide height, BlockSide width, Func<Tensor, Tensor> blocks)
    {
        Tensor y;
        using (Unrecorded())
        {
            y = Empty([Size(0), height.Size, width.Size], DType, Device);
            if (y.ElementCount > 0
                && !Backend.TryFuse(new BlockSumLoop(height, width), 1, [Contiguous().View, y.View]))
            {
                y = Composed(height, width);
            }
        }

        int[] around = [width.Around, width.Around, height.Around, height.Around];
        return y.Record("Fold", "x̄ = the blocks of g", this, g => blocks(around.All(n => n == 0) ? g : g.Pad(around)));
    }

    /// <summary>The same where the device has no such loop.</summary>
    private Tensor Composed(BlockSide height, BlockSide width)
    {
        Tensor y = Zeros(
            [Size(0), height.Size + 2 * height.Around, width.Size + 2 * width.Around], DType, Device);
        for (int down = 0; down < height.Kernel; down++)
        {
            for (int right = 0; right < width.Kernel; right++)
            {
                y.Slice(1, down * height.Between, height.Count, height.Step)
                    .Slice(2, right * width.Between, width.Count, width.Step)
                    .AddRaw(Select(1, down).Select(1, right));
            }
        }

        return y.Slice(1, height.Around, height.Size).Slice(2, width.Around, width.Size).Contiguous();
    }
}
