namespace Figures;

/// <summary>
/// Numbers on a grid: <c>[row, column]</c>, rows from the bottom for a surface, from the top for an image.
/// </summary>
public readonly struct Grid
{
    private readonly double[,]? _values;

    private Grid(double[,] values) => _values = values;

    public double[,] Values => _values ?? new double[0, 0];

    public int Rows => Values.GetLength(0);

    public int Columns => Values.GetLength(1);

    public double this[int row, int column] => Values[row, column];

    public static implicit operator Grid(double[,] values) => new(values);

    public static implicit operator Grid(float[,] values) =>
        FromFunction(values.GetLength(0), values.GetLength(1), (i, j) => values[i, j]);

    /// <summary>The element at row i and column j is f(i, j).</summary>
    public static Grid FromFunction(int rows, int columns, Func<int, int, double> f)
    {
        var values = new double[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                values[i, j] = f(i, j);
            }
        }

        return new(values);
    }

    /// <summary>A flat, row-major list of numbers as a grid.</summary>
    /// <exception cref="ArgumentException">There are not rows x columns numbers.</exception>
    public static Grid FromRowMajor(Series flat, int rows, int columns) => flat.Count == rows * columns
        ? FromFunction(rows, columns, (i, j) => flat[i * columns + j])
        : throw new ArgumentException(
            $"Grid: {flat.Count} numbers do not fill {rows} rows of {columns}.", nameof(flat));

    /// <summary>The smallest and the largest finite number; (0, 1) where there is none.</summary>
    public (double Min, double Max) Range()
    {
        var finite = Values.Cast<double>().Where(double.IsFinite).DefaultIfEmpty(double.NaN).ToArray();
        return double.IsNaN(finite[0]) ? (0, 1) : (finite.Min(), finite.Max());
    }
}
