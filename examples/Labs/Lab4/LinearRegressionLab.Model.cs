using System.Globalization;

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
        lab.Section("Apples and oranges");
        lab.Text(
            """
            Five regions; for each we know its mean temperature, rainfall and humidity, and what it yields. We want to
            predict the yields of a sixth. One row an observation, one column a variable:
            """);
        lab.Output($"inputs\n{s_inputs}\n\ntargets\n{s_targets}");
        lab.SideBySide(Scatter("Apples", 0), Scatter("Oranges", 1));
        lab.Text("Rain and humidity help, heat hurts, and no single variable explains it all.");
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
        lab.Section("A linear model");
        lab.Text(
            """
            Each yield is a weighted sum of the three inputs plus a constant, its *bias*. Eight numbers are to be found:

            $$\begin{aligned}
            \text{apples} &= w_{11} \, \text{temp} + w_{12} \, \text{rain} + w_{13} \, \text{humidity} + b_1 \\
            \text{oranges} &= w_{21} \, \text{temp} + w_{22} \, \text{rain} + w_{23} \, \text{humidity} + b_2
            \end{aligned}$$

            We start anywhere: `Tensor.Randn([2, 3]).RequireGrad()` would do. To follow the published run we take the
            numbers that it drew, as far as it prints them.
            """);
        lab.Source(nameof(PrintedWeights));
        lab.Output($"w = {w}\nb = {b}");

        lab.Exercise(
            "**Exercise 1.** Write the model as a closure over `w` and `b`. Why is it $X W^\\top$ and not $W X$?");
        lab.Source(nameof(LinearModel));
        var model = LinearModel(w, b);
        lab.Output($"Exercise 1: {(DoublesWithItsWeights(w, b) ? "OK" : "not OK")}");
        lab.Source(nameof(DoublesWithItsWeights));
        lab.Question("Why the transpose, and why on the right?",
            """
            Observations stand in rows, so each row of $X$ must meet each row of $W$: entry $(i, j)$ of $X W^\top$ is
            the dot product of observation $i$ with the weights of target $j$. The shapes say the same: $5 \times 3$
            times $3 \times 2$ is $5 \times 2$, a prediction for each region and fruit, while $W X$ would be
            $2 \times 3$ times $5 \times 3$, which is no product. The bias, a row of two, is added to all five rows by
            broadcasting.
            """);

        Tensor predictions;
        using (Tensor.NoGrad())
        {
            predictions = model(s_inputs);
        }

        lab.Check("predictions", "inputs @ w.T + b", predictions.ToArray<float>());
        ShowPredictions(lab, predictions);
        lab.Text("Far off, and half of the oranges negative: nobody can expect more of random weights.");
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
        lab.Section("How wrong is it?");
        lab.Exercise("**Exercise 2.** Reduce the ten differences to one number, the *mean squared error*.");
        lab.Formula(@"\text{MSE} = \frac{1}{nm} \sum_{i=1}^{n} \sum_{j=1}^{m} (p_{ij} - t_{ij})^2");
        lab.Source(nameof(Mse));
        var t1 = Tensor.Linspace(1, 25, 12).Reshape(3, -1);
        lab.Check("exercise 2", "mse(linspace", Mse(t1, t1 / 2).Item());

        double loss = Mse(LinearModel(w, b)(s_inputs), s_targets).Item();
        lab.Check("loss", "mse", loss);
        lab.Text(string.Create(CultureInfo.InvariantCulture,
            $"Its root is what a prediction is typically wrong by: {Math.Sqrt(loss):F0}, where yields lie between 22 "
                + $"and 133. (The published figures come from weights of which only four decimals are printed; ours, "
                + $"and PyTorch's beside them, start from those four decimals.)"));
    }

    /// <summary>The mean squared error.</summary>
    private static Tensor Mse(Tensor predictions, Tensor targets) => (predictions - targets).Square().Mean();

    private static void ShowPredictions(LabContext lab, Tensor predictions) =>
        lab.Table(
            ["region", "apples predicted", "apples", "oranges predicted", "oranges"],
            Enumerable.Range(0, predictions.Size(0)).Select(i => new object?[]
            {
                i + 1, predictions[i, 0].Item(), s_targets[i, 0].Item(), predictions[i, 1].Item(),
                s_targets[i, 1].Item(),
            }));

    private static Series Column(Tensor table, int column) => table[.., column].ToArray<float>();
}
