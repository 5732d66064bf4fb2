using Autodiff;

namespace Labs.Lab3;

/// <summary>Functions of two numbers to walk over. They take points or, by broadcasting, whole grids.</summary>
internal static class Surfaces
{
    /// <summary>MATLAB's "peaks", a quarter as high: hills, saddles and several minima.</summary>
    public static Tensor Peaks(Tensor x, Tensor y) => 0.25 * (
        3 * (1 - x).Square() * (-x.Square() - (y + 1).Square()).Exp()
        - 10 * (x / 5 - x.Pow(3) - y.Pow(5)) * (-x.Square() - y.Square()).Exp()
        - 1.0 / 3 * (-(x + 1).Square() - y.Square()).Exp());

    /// <summary>Rastrigin's egg box with A = 3: a bowl around (shift, shift) full of dents.</summary>
    public static Tensor Rastrigin(Tensor x, Tensor y, Tensor shift) =>
        6 + (x - shift).Square() - 3 * (2 * Math.PI * x).Cos() + (y - shift).Square() - 3 * (2 * Math.PI * y).Cos();

    public static Tensor Rastrigin(Tensor x, Tensor y) => Rastrigin(x, y, shift: 0);

    /// <summary>Rosenbrock's banana: a curved valley with steep walls, whose floor falls gently to (1, 1).</summary>
    public static Tensor Rosenbrock(Tensor x, Tensor y) => (1 - x).Square() + 100 * (y - x.Square()).Square();

    /// <summary>A bowl with waves.</summary>
    public static Tensor Fancy(Tensor x, Tensor y) => -x.Cos() + y.Sin() + 0.1 * (x.Square() + 2 * y.Square());

    /// <summary>The document's own try at an evil function: a single hole.</summary>
    public static Tensor Hole(Tensor x, Tensor y) => -1 / (1 + x.Square() + y.Square());

    /// <summary>A steep crease across both axes, and a gentle slope along it.</summary>
    public static Tensor Ravine(Tensor x, Tensor y) => 20 * (x + 2 * y).Abs() + 0.1 * (2 * x - y - 5).Square();

    /// <summary>A bowl under deep ripples.</summary>
    public static Tensor Ripples(Tensor x, Tensor y)
    {
        var radius = (x.Square() + y.Square() + 1e-6).Sqrt();
        return 0.3 * radius - (4 * radius).Cos();
    }

    /// <summary>A plain without any slope, and somewhere in it a pit.</summary>
    public static Tensor Needle(Tensor x, Tensor y) => -(-10 * ((x - 1).Square() + (y + 1).Square())).Exp();

    /// <summary>A model to be learned, of x and y, with the parameters a and b.</summary>
    public static Tensor Learnable(Tensor x, Tensor y, Tensor a, Tensor b) =>
        (a * b).Sin() * x.Square().Cos().Square() / (1 + (b * y).Square());

    /// <summary>Another model: a wave with crests across (a, b).</summary>
    public static Tensor Wave(Tensor x, Tensor y, Tensor a, Tensor b) => (a * x + b * y).Cos();
}
