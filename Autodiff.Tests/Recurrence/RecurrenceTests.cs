using System.Text.Json;
using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Reductions;

namespace Autodiff.Tests.Recurrence;

/// <summary>Recurrent layers and cells: PyTorch's results, gradients, names and initial values.</summary>
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class RecurrenceTests(string device) : DeviceFixture(device)
{
    private static IEnumerable<RecurrenceCase> Cases => RecurrenceCase.All;

    private static IEnumerable<RecurrenceCase> SmallCases => Cases.Where(c => c.Gradients.Sum(g => g.Length) < 120);

    [TestCaseSource(nameof(Cases))]
    public void Results_and_gradients_are_PyTorchs(RecurrenceCase row)
    {
        ArgumentNullException.ThrowIfNull(row);
        Module model = row.Make();
        Tensor[] operands = [.. row.Operands().Select(operand => operand.RequireGrad())];
        Tensor[] results = row.Run(model, operands);
        foreach ((Tensor result, double[] expected) in results.Zip(row.Results))
        {
            Assert.That(result.ToArray<double>(), Is.EqualTo(expected).Within(1e-12));
        }

        row.Loss(results).Backward();
        foreach ((Tensor tensor, double[] expected) in operands.Concat(model.Parameters()).Zip(row.Gradients))
        {
            Assert.That(tensor.Grad!.ToArray<double>(), Is.EqualTo(expected).Within(1e-11), tensor.Name);
        }

        using (Tensor.NoGrad())
        {
            Assert.That(row.Run(model, operands)[0].ToArray<double>(), Is.EqualTo(results[0].ToArray<double>()));
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Single_precision_follows(RecurrenceCase row)
    {
        ArgumentNullException.ThrowIfNull(row);
        Module model = row.Make(DType.Float32);
        Tensor[] operands = [.. row.Operands(DType.Float32).Select(operand => operand.RequireGrad())];
        Tensor[] results = row.Run(model, operands);
        row.Loss(results).Backward();
        foreach ((Tensor result, double[] expected) in results.Zip(row.Results))
        {
            Assert.That(result.DType, Is.EqualTo(DType.Float32));
            Assert.That(result.ToArray<double>(), Is.EqualTo(expected).Within(2e-6));
        }

        foreach ((Tensor tensor, double[] expected) in operands.Concat(model.Parameters()).Zip(row.Gradients))
        {
            Assert.That(tensor.Grad!.ToArray<double>(), Is.EqualTo(expected).Within(2e-5), tensor.Name);
        }
    }

    [TestCaseSource(nameof(SmallCases))]
    public void Gradients_are_differences_to_second_order(RecurrenceCase row)
    {
        ArgumentNullException.ThrowIfNull(row);
        Module model = row.Make();
        Tensor[] operands = row.Operands();
        for (int i = 0; i < operands.Length; i++)
        {
            int which = i;
            GradientCheck.Second(
                x => row.Loss(row.Run(model, [.. operands[..which], x, .. operands[(which + 1)..]])), operands[i],
                1e-4);
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Names_and_text_are_PyTorchs(RecurrenceCase row)
    {
        ArgumentNullException.ThrowIfNull(row);
        Module model = row.Make();
        Assert.That(model.StateDict().Keys, Is.EqualTo(row.Names));
        Assert.That(model.ToString().Split('\n')[0], Is.EqualTo(row.Text));
    }

    [TestCaseSource(typeof(RecurrenceCase), nameof(RecurrenceCase.Inits))]
    public void Initial_values_are_PyTorchs(JsonElement init)
    {
        Tensor.ManualSeed(31);
        Module model = RecurrenceCase.Make(init, DType.Float32);
        Assert.That(
            model.Parameters().SelectMany(parameter => parameter.ToArray<float>()),
            Is.EqualTo(init.GetProperty("values").EnumerateArray().Select(value => value.GetSingle())));
    }

    [Test]
    public void A_batch_of_nothing_gives_nothing()
    {
        var lstm = new LSTM(3, 2, numLayers: 2, bidirectional: true);
        (Tensor output, (Tensor h, Tensor c)) = lstm.Forward(Tensor.Zeros([4, 0, 3]));
        Assert.That(output.Shape, Is.EqualTo((Shape)new[] { 4, 0, 4 }));
        Assert.That(h.Shape, Is.EqualTo((Shape)new[] { 4, 0, 2 }));
        Assert.That(c.Shape, Is.EqualTo((Shape)new[] { 4, 0, 2 }));
        (output.Sum() + h.Sum()).Backward();
        Assert.That(lstm.Parameters().SelectMany(p => p.Grad?.ToArray<float>() ?? []), Is.All.Zero);
        Assert.That(new GRUCell(3, 2).Forward(Tensor.Zeros([0, 3])).Shape, Is.EqualTo((Shape)new[] { 0, 2 }));
    }
}
