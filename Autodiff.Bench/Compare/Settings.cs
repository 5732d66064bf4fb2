using System.Globalization;

namespace Autodiff.Bench.Compare;

/// <summary>What <c>-- compare</c> was asked for.</summary>
internal sealed class Settings
{
    public const string Usage =
        """
        compare [--quick] [--only gemm,elementwise,...] [--threads 1,2] [--out DIR] [--docs FILE]
          --quick    a few seconds instead of minutes: shows that everything works, its figures mean little
          --only     gemm, elementwise, reductions, bandwidth, training, convolutions, layers, operations,
                     optimizers, chains, memory, cuda (where there is such a device)
          --threads  the numbers of threads; 1 and 2 by default
          --out      where results.json and table.md go; out/bench by default
          --docs     a Markdown file whose table, between its markers, is replaced too, with charts of it
        """;

    private readonly HashSet<string> _only = [];

    public bool IsQuick { get; private set; }

    public int[] Threads { get; private set; } = Environment.ProcessorCount > 1 ? [1, 2] : [1];

    public string OutputFolder { get; private set; } = Path.Combine("out", "bench");

    public string? DocumentFile { get; private set; }

    public bool Wants(string section) => _only.Count == 0 || _only.Contains(section);

    /// <exception cref="ArgumentException">An option is unknown or lacks its value.</exception>
    public static Settings Parse(ReadOnlySpan<string> arguments)
    {
        Settings settings = new();
        for (int i = 0; i < arguments.Length; i++)
        {
            string option = arguments[i];
            if (option == "--quick")
            {
                settings.IsQuick = true;
                continue;
            }

            string value = ++i < arguments.Length
                ? arguments[i]
                : throw new ArgumentException($"{option}: unknown, or its value is missing.\n{Usage}");
            switch (option)
            {
                case "--only":
                    settings._only.UnionWith(value.Split(','));
                    break;
                case "--threads":
                    settings.Threads = [.. value.Split(',').Select(n => int.Parse(n, CultureInfo.InvariantCulture))];
                    break;
                case "--out":
                    settings.OutputFolder = value;
                    break;
                case "--docs":
                    settings.DocumentFile = value;
                    break;
                default:
                    throw new ArgumentException($"{option}: there is no such option.\n{Usage}");
            }
        }

        return settings;
    }
}
