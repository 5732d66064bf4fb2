using Autodiff.Tests.Elementwise;
using Autodiff.Tests.Optimizers;
using Autodiff.Tests.Reference;

namespace Autodiff.Tests.Golden;

/// <summary>
/// The bits of a wide set of results, as they were when golden.txt was written. The engine promises the same bits for
/// any number of threads, any vector width and any position of an element: whoever changes the inside sees here whether
/// that still holds.
/// </summary>
public class GoldenTests
{
    [Test]
    public void Elementwise_operations_keep_their_bits() => GoldenFile.Check("elementwise",
        from row in OperationTable.Rows
        from type in new[] { DType.Float32, DType.Float64, DType.Int64, DType.Int32 }
        from layout in GoldenInputs.Layouts
        select ($"{row.Name} {type} {layout}", GoldenFile.Hash(() => GoldenInputs.Elementwise(row, type, layout))));

    [Test]
    public void Special_values_keep_their_bits() => GoldenFile.Check("special",
        from row in OperationTable.Rows
        from type in new[] { DType.Float32, DType.Float64 }
        select ($"{row.Name} {type}", GoldenFile.Hash(() => GoldenInputs.Special(row, type))));

    [Test]
    public void Operators_of_the_fixture_keep_their_bits() => GoldenFile.Check("operators",
        from test in ReferenceCases.All
        where ReferenceOperations.Find(test.Operation) is not null
        select ($"{test.Index:d4} {test}", GoldenFile.Hash(() => GoldenInputs.Operator(test))));

    [Test]
    public void Reductions_and_rows_keep_their_bits() => GoldenFile.Check("reductions",
        from reduction in GoldenInputs.Reductions
        from type in new[] { DType.Float32, DType.Float64, DType.Int64, DType.Int32 }
        from shape in GoldenInputs.Shapes
        from dim in Enumerable.Range(0, shape.Length)
        select ($"{reduction.Name} {type} {string.Join('x', shape)} dim {dim}",
            GoldenFile.Hash(() => GoldenInputs.Reduced(reduction.Function, type, shape, dim))));

    [Test]
    public void Matrix_products_keep_their_bits() => GoldenFile.Check("products",
        from type in new[] { DType.Float32, DType.Float64 }
        from size in GoldenInputs.Products
        from form in new[] { "nn", "nt", "tn", "tt" }
        select ($"{type} {size.M}x{size.N}x{size.K} {form}",
            GoldenFile.Hash(() => GoldenInputs.Product(type, size.M, size.N, size.K, form))));

    [Test]
    public void Losses_keep_their_bits() => GoldenFile.Check("losses",
        from loss in GoldenModels.Losses
        from type in new[] { DType.Float32, DType.Float64 }
        select ($"{loss.Name} {type}", GoldenFile.Hash(() => GoldenModels.Loss(loss.Function, type))));

    [Test]
    public void Layers_keep_their_bits() => GoldenFile.Check("layers",
        from layer in GoldenModels.Layers
        select (layer.Name, GoldenFile.Hash(() => GoldenModels.Layer(layer.Make, layer.Shape))));

    [Test]
    public void Optimizers_keep_their_bits() => GoldenFile.Check("optimizers",
        from run in OptimizerFixture.Runs.Select((run, i) => (run, i))
        from type in new[] { DType.Float32, DType.Float64 }
        select ($"{run.i:d3} {run.run.Optimizer} {run.run.Objective} {type}",
            GoldenFile.Hash(() => GoldenModels.Trajectory(run.run, type))));

    [Test]
    public void Random_streams_keep_their_bits() => GoldenFile.Check("random",
        from stream in GoldenModels.Streams
        from count in new[] { 1, 15, 16, 17, 1000 }
        select ($"{stream.Name} {count}", GoldenFile.Hash(() => [stream.Draw(count)])));

    [Test]
    public void Training_keeps_its_bits() => GoldenFile.Check("training",
        from model in GoldenModels.Trainings
        select (model.Name, GoldenFile.Hash(model.Run)));
}
