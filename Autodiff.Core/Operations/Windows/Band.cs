using System.Numerics;

namespace Autodiff.Operations;

/// <summary>
/// A linear map along one dimension, of which each result is a weighted sum of neighbours: y[o] = Σ w[o, j] x[start[o]
/// + j] / divisor[o]. What average pools and interpolation are along each of their dimensions.
/// </summary>
internal sealed class Band : Windows
{
    /// <summary>Terms that are added one after the other; such sums are then added up.</summary>
    public const int Block = 32;

    private const int FewWindows = 8, MostInWindow = 64;

    private readonly int[] _places;
    private readonly Lazy<SlidingWindows> _alike; // the transposed map's weights come after it is made
    private Band? _transposed;
    private object? _converted;

    private Band(
        int inputs, int[] starts, int[] counts, double[] weights, double[]? divisors) : base(inputs, starts, counts)
    {
        (Weights, Divisors) = (weights, divisors);
        _places = new int[counts.Length + 1];
        for (int o = 0; o < counts.Length; o++)
        {
            _places[o + 1] = _places[o] + counts[o];
        }

        _alike = new(FindAlike);
    }

    /// <summary>The weights of all results, one after the other.</summary>
    public double[] Weights { get; }

    /// <summary>What each sum is divided by; null for nothing.</summary>
    public double[]? Divisors { get; }

    /// <summary>Where the weights of each result begin.</summary>
    public ReadOnlySpan<int> Places => _places;

    /// <summary>Whether the map changes nothing.</summary>
    public bool IsIdentity => Inputs == Outputs && Divisors is null && Weights.Length == Inputs
        && AreSums && !Starts.Where((start, o) => start != o).Any();

    /// <summary>
    /// The windows around the middle one, where they are sums, alike, and one or two entries apart; none where these
    /// are few.
    /// </summary>
    public SlidingWindows Alike => _alike.Value;

    private bool AreSums => Weights.AsSpan().IndexOfAnyExcept(1.0) < 0;

    /// <summary>The map that takes gradients back.</summary>
    public Band Transposed => _transposed ??= Transpose();

    /// <summary>A map whose results have any weights at any entries, which are brought into order.</summary>
    /// <param name="inputs">Entries of the dimension.</param>
    /// <param name="outputs">How many results there are.</param>
    /// <param name="terms">The entries of a result with their weights; an entry may come more than once.</param>
    public static Band Of(int inputs, int outputs, Func<int, IEnumerable<(int Entry, double Weight)>> terms)
    {
        int[] starts = new int[outputs], counts = new int[outputs];
        List<double> weights = [];
        SortedDictionary<int, double> row = [];
        for (int o = 0; o < outputs; o++)
        {
            row.Clear();
            foreach ((int entry, double weight) in terms(o))
            {
                row[entry] = row.GetValueOrDefault(entry) + weight;
            }

            (starts[o], counts[o]) = (row.Keys.First(), row.Keys.Last() - row.Keys.First() + 1);
            for (int j = 0; j < counts[o]; j++)
            {
                weights.Add(row.GetValueOrDefault(starts[o] + j));
            }
        }

        return new(inputs, starts, counts, [.. weights], null);
    }

    /// <summary>Sums of windows, divided by numbers where these are given.</summary>
    public static Band Sums(Windows windows, double[]? divisors)
    {
        double[] ones = new double[windows.Counts.Sum()];
        ones.AsSpan().Fill(1);
        return new(windows.Inputs, windows.Starts, windows.Counts, ones, divisors);
    }

    /// <summary>Weights and divisors as a loop reads them.</summary>
    public (T[] Weights, T[]? Divisors) As<T>() where T : unmanaged, INumber<T>
    {
        if (_converted is not ValueTuple<T[], T[]?> known)
        {
            known = (
                Array.ConvertAll(Weights, T.CreateTruncating),
                Divisors is null ? null : Array.ConvertAll(Divisors, T.CreateTruncating));
            _converted = known;
        }

        return known;
    }

    /// <summary>
    /// What each result sees as tables [entries of a block, results, blocks]: the places, the first entry's where there
    /// is none; and the weights as numbers of a type have them, infinite where there is none, with a last row of
    /// divisors.
    /// </summary>
    public (int[] Shape, long[] Entries) EntryTable() =>
        Table<long>(0, (o, j) => j < Counts[o] ? Starts[o] + j : Starts[o]);

    /// <inheritdoc cref="EntryTable"/>
    public (int[] Shape, double[] Weights) WeightTable(DType type) => Table(1, (o, j) =>
    {
        double value = j < 0 ? Divisors?[o] ?? 1 : j < Counts[o] ? Weights[_places[o] + j] : double.PositiveInfinity;
        return type == DType.Float32 ? (float)value : value;
    });

    private (int[] Shape, T[] Table) Table<T>(int extra, Func<int, int, T> value) where T : unmanaged
    {
        int most = Counts.Max(), each = Math.Min(most, Block), blocks = Math.Max((most + Block - 1) / Block, 1);
        int rows = each + extra, at = 0;
        T[] table = new T[Sizes.HostEntries("Resample", (long)rows * Outputs * blocks, DTypes.Of<T>())];
        for (int k = 0; k < rows; k++)
        {
            for (int o = 0; o < Outputs; o++)
            {
                for (int b = 0; b < blocks; b++)
                {
                    table[at++] = value(o, k < each ? (b * Block) + k : -1);
                }
            }
        }

        return ([rows, Outputs, blocks], table);
    }

    public override bool Equals(Windows? other) =>
        base.Equals(other) && other is Band band && Weights.AsSpan().SequenceEqual(band.Weights)
        && Divisors.AsSpan().SequenceEqual(band.Divisors);

    public override int GetHashCode() =>
        HashCode.Combine(base.GetHashCode(), Weights.Length, Weights.Length == 0 ? 0 : Weights[0]);

    private SlidingWindows FindAlike()
    {
        int middle = Outputs / 2;
        if (Outputs < FewWindows || !AreSums || Counts[middle] is 0 or > MostInWindow
            || Starts[middle] - Starts[middle - 1] is not (1 or 2))
        {
            return SlidingWindows.None;
        }

        int stride = Starts[middle] - Starts[middle - 1];
        int first = middle, end = middle + 1;
        while (first > 0 && IsAlike(first - 1))
        {
            first--;
        }

        while (end < Outputs && IsAlike(end))
        {
            end++;
        }

        return end - first < FewWindows ? SlidingWindows.None
            : new(first, end, Starts[first], stride, Counts[middle], Divisors?[middle] ?? 1);

        bool IsAlike(int o) => Counts[o] == Counts[middle] && Divisors?[o] == Divisors?[middle]
            && Starts[o] - Starts[middle] == (o - middle) * stride;
    }

    /// <summary>Results that see an entry are neighbours too, since windows begin and end in their order.</summary>
    private Band Transpose()
    {
        int[] firsts = new int[Inputs], lasts = new int[Inputs];
        firsts.AsSpan().Fill(int.MaxValue);
        lasts.AsSpan().Fill(-1);
        for (int o = 0; o < Outputs; o++)
        {
            for (int i = Starts[o]; i < Starts[o] + Counts[o]; i++)
            {
                firsts[i] = Math.Min(firsts[i], o);
                lasts[i] = o;
            }
        }

        int[] counts = new int[Inputs];
        for (int i = 0; i < Inputs; i++)
        {
            counts[i] = Math.Max(lasts[i] - firsts[i] + 1, 0);
            firsts[i] = counts[i] == 0 ? 0 : firsts[i];
        }

        Band band = new(Outputs, firsts, counts, new double[counts.Sum()], null);
        for (int o = 0; o < Outputs; o++)
        {
            for (int j = 0; j < Counts[o]; j++)
            {
                int i = Starts[o] + j;
                band.Weights[band._places[i] + o - firsts[i]] = Weights[_places[o] + j] / (Divisors?[o] ?? 1);
            }
        }

        return band;
    }
}
