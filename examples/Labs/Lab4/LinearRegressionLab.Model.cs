namespace Labs.Lab4;

// The data, the model and the loss: exercises 1 and 2.
internal sealed partial class LinearRegressionLab
{
    private static readonly string[] s_features = ["temperature", "rainfall", "humidity"];

    /// <summary>One row a region: temperature, rainfall, humidity.</summary>
    private static readonly Tensor s_inputs = Tensor.From(new float[,]
    {
        { 73, 67, 43 }, { 91, 88, 64 }, { 87, 134, 58 }, { 102, 43, 37 }, { 69, 96, 70 },
    });

    /// <summary>One row a region: apples, oranges.</summary>
    private static readonly Tensor s_targets = Tensor.From(new float[,]
    {
        { 56, 70 }, { 81, 101 }, { 119, 133 }, { 22, 37 }, { 103, 119 },
    });

    private static void ShowData(LabContext lab)
    {
        lab.Output("data", $"inputs\n{s_inputs}\n\ntargets\n{s_targets}");
        lab.Figure("apples", Scatter("Apples", 0));
        lab.Figure("oranges", Scatter("Oranges", 1));
    }

    private static Plot Scatter(string fruit, int target)
    {
        var plot = new Plot($"{fruit} by each input", "input", "yield");
        for (int column = 0; column < s_features.Length; column++)
        {
            plot.Points(Column(s_inputs, column), Column(s_targets, target), s_features[column], size: 10);
        }

        return plot;
    }

    /// <summary>The start that the lab's document prints, to its four decimals.</summary>
    private static (Tensor W, Tensor B) PrintedWeights() => (
        Tensor.From(new float[,] { { 1.2687f, 1.4088f, -0.0919f }, { 0.5960f, -1.3285f, -0.0507f } })
            .RequireGrad(),
        Tensor.From(0.8669f, -0.8363f).RequireGrad());

    private static void DefineModel(LabContext lab, Tensor w, Tensor b)
    {
        lab.Output("weights", $"w = {w}\nb = {b}");

        var model = LinearModel(w, b);
        lab.Output("exercise-1", $"Exercise 1: {(DoublesWithItsWeights(w, b) ? "OK" : "not OK")}");

        Tensor predictions;
        using (Tensor.NoGrad())
        {
            predictions = model(s_inputs);
        }

        lab.Check("predictions", "inputs @ w.T + b", predictions.ToArray<float>());
        lab.Table("predictions-at-first", s_predicted, Predicted(predictions));
    }

    /// <summary>A model that reads w and b each time it is called.</summary>
    private static Func<Tensor, Tensor> LinearModel(Tensor w, Tensor b) => inputs => inputs.MatMul(w.T) + b;

    /// <summary>Exercise 1's test: a linear model with doubled weights predicts the double.</summary>
    private static bool DoublesWithItsWeights(Tensor w, Tensor b)
    {
        using var noGrad = Tensor.NoGrad();
        var predictions = LinearModel(w, b)(s_inputs);
        return predictions.Shape == s_targets.Shape
            && LinearModel(2 * w, 2 * b)(s_inputs).AllClose(2 * predictions);
    }

    private static void DefineLoss(LabContext lab, Tensor w, Tensor b)
    {
        var t1 = Tensor.Linspace(1, 25, 12).Reshape(3, -1);
        lab.Check("exercise 2", "mse(linspace", Mse(t1, t1 / 2).Item());

        double loss = Mse(LinearModel(w, b)(s_inputs), s_targets).Item();
        lab.Check("loss", "mse", loss);
        lab.Value("root", $"{Math.Sqrt(loss):F0}");
    }

    /// <summary>The mean squared error.</summary>
    private static Tensor Mse(Tensor predictions, Tensor targets) => (predictions - targets).Square().Mean();

    private static readonly string[] s_predicted =
        ["region", "apples predicted", "apples", "oranges predicted", "oranges"];

    private static IEnumerable<object?[]> Predicted(Tensor predictions) =>
        Enumerable.Range(0, predictions.Size(0)).Select(i => new object?[]
        {
            i + 1, predictions[i, 0].Item(), s_targets[i, 0].Item(), predictions[i, 1].Item(), s_targets[i, 1].Item(),
        });

    private static Series Column(Tensor table, int column) => table[.., column].ToArray<float>();
}
