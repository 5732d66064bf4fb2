using System.CommandLine;

namespace Labs.Shell;

/// <summary>The command line.</summary>
internal static class LabsCommand
{
    private const int Usage = 2;

    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Create(LabCatalog.All, ConsoleView.Create()).Parse(args);
        int exitCode = await parsed.InvokeAsync();

        // A misunderstood command line must not look like a row out of tolerance.
        return parsed.Errors.Count > 0 ? Usage : exitCode;
    }

    private static RootCommand Create(IReadOnlyList<Lab> catalog, ConsoleView console)
    {
        var labs = new Argument<int[]>("labs")
        {
            Description = "The numbers of the labs to run; all of them when none is given.",
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = result => [.. result.Tokens.Select(token => ParseLab(token.Value)).Distinct().Order()],
        };
        var output = new Option<DirectoryInfo>("--out")
        {
            Description = "The folder of the report (default: out/labs in the repository).",
            HelpName = "DIR",
            DefaultValueFactory = _ => new DirectoryInfo(Path.Combine(RepositoryRoot(), "out", "labs")),
        };
        var device = new Option<string>("--device")
        {
            Description = $"Where tensors live: {DeviceChoice.Names}.",
            HelpName = "DEVICE",
            DefaultValueFactory = _ => "cpu",
        };
        var root = new RootCommand("Runs the five labs, prints every published number beside ours and writes a report.")
        {
            labs, output, device,
        };
        var list = new Command("list", "Lists the labs.");
        list.SetAction(_ => console.Labs(catalog));
        root.Subcommands.Add(list);
        labs.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => catalog.All(lab => lab.Number != ParseLab(token.Value))))
            {
                result.AddError(
                    $"There is no lab '{token.Value}'. The labs are "
                        + $"{string.Join(", ", catalog.Select(lab => lab.Number))}; `list` names them.");
            }
        });
        device.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } name && !DeviceChoice.IsOne(name))
            {
                result.AddError($"There is no device '{name}'. The devices are {DeviceChoice.Names}.");
            }
        });
        root.SetAction(async (parsed, cancellation) =>
        {
            string place = parsed.GetValue(device)!;
            try
            {
                Device.Default = DeviceChoice.ByName(place);
            }
            catch (Exception e) when (e is PlatformNotSupportedException or ArgumentOutOfRangeException)
            {
                ConsoleView.Error($"--device {place}: {e.Message} Without it the labs run on the CPU.");
                return Usage;
            }

            int[] numbers = parsed.GetValue(labs) ?? [];
            Lab[] chosen = [.. catalog.Where(lab => numbers.Length == 0 || numbers.Contains(lab.Number))];
            string folder = parsed.GetValue(output)!.FullName;
            try
            {
                return await new LabRunner(console, catalog, ReferenceTable.ReadEmbedded())
                    .RunAsync(chosen, folder, cancellation);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                ConsoleView.Error($"The report can't be written to {folder}: {e.Message}");
                return Usage;
            }
        });
        return root;
    }

    /// <summary>The number, or -1, which no lab has.</summary>
    private static int ParseLab(string text) =>
        int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out int number) ? number : -1;

    /// <summary>The nearest folder upwards that holds the solution; the current one where none does.</summary>
    private static string RepositoryRoot()
    {
        string current = Directory.GetCurrentDirectory();
        for (var folder = new DirectoryInfo(current); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Autodiff.sln")))
            {
                return folder.FullName;
            }
        }

        return current;
    }
}
