using System.Globalization;
using System.Text.Json;
using Autodiff.Nn;
using Autodiff.Tests.Browsers;
using Figures;
using Figures.Plotly;
using Figures.Stills;
using Labs.Lab3;
using Labs.Report;
using Microsoft.Playwright;

namespace Autodiff.Tests.LabReport;

/// <summary>
/// Figures that the page computes, in a browser: their numbers beside the engine's, their controls by keyboard. They
/// run where Chromium is. If AUTODIFF_SCREENSHOTS names a folder, pictures of the page are left there.
/// </summary>
[Parallelizable] // they wait for browsers most of the time
public sealed class LiveBrowserTests
{
    private static readonly string? s_pictures = Environment.GetEnvironmentVariable("AUTODIFF_SCREENSHOTS");

    private static readonly Dictionary<string, (Func<Tensor[], Tensor> F, int Arguments)> s_functions = new()
    {
        ["fancy"] = (w => Surfaces.Fancy(w[0], w[1]), 2),
        ["peaks"] = (w => Surfaces.Peaks(w[0], w[1]), 2),
        ["hole"] = (w => Surfaces.Hole(w[0], w[1]), 2),
        ["Rosenbrock"] = (w => Surfaces.Rosenbrock(w[0], w[1]), 2),
        ["Rastrigin"] = (w => Surfaces.Rastrigin(w[0], w[1], w[3]) + w[2] * (w[0].Square() + w[1].Square()), 4),
        ["Learnable"] = (w => Surfaces.Learnable(w[0], w[1], w[2], w[3]), 4),
        ["Wave"] = (w => Surfaces.Wave(w[0], w[1], w[2], w[3]), 4),
    };

    private static readonly Figure s_still = new Plot("Still").Line([1, 2]);

    private Browser _browser = null!;
    private IPage? _asked;

    [OneTimeSetUp]
    public async Task Open()
    {
        _browser = await Browser.Open();
        PlotlyLibrary.WriteTo(_browser.Folder);
    }

    [OneTimeTearDown]
    public async Task Close()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }
    }

    /// <summary>A page of all figures, opened once for the tests that only ask its functions.</summary>
    private async Task<IPage> Asked() => _asked ??= await Page(s_all);

    private static LiveFigure Playground => LiveLandscapes.Playground(s_still);

    private static LiveFigure[] Landscapes =>
    [
        LiveLandscapes.Descent("Plain descent", s_still, 0.7),
        LiveLandscapes.Descent("Momentum", s_still, 0.1, 0.8),
        LiveLandscapes.Fading(s_still),
        Playground,
        LiveLandscapes.Decay(s_still),
        LiveLandscapes.Pitfall(s_still),
        LiveLandscapes.Losses(s_still, [0.5, -1, 1.5], [1, 0.25, -0.5], (1.2, -1.4), (2, -2)),
        LiveLandscapes.Model(s_still, (2, -2), (0, 0, -1)),
    ];

    /// <summary>Two images of 28 by 28: one of white, one of greys that go up by rows.</summary>
    private static LiveFigure Digits => new("Digits", "digits", s_still)
    {
        Scripts = [EmbeddedText.Read("Lab3/digits.js")],
        Controls = [new Slider("columns", "columns", 1, 8, 2), new Slider("rows", "rows", 1, 4, 1),
            new Toggle("answers", "show the answers")],
        Data = new()
        {
            ["said"] = "{shown} of {all} images.",
            ["sets"] = new Dictionary<string, object?>
            {
                ["training"] = new Dictionary<string, object?>
                {
                    ["pixels"] = new string('f', 784)
                        + string.Concat(Enumerable.Range(0, 784).Select(i => $"{i / 28 / 2:x}")),
                    ["captions"] = new[] { "1", "7" },
                },
            },
        },
    };

    private static LiveFigure Batches => new("Losses by batch size", "batches", s_still)
    {
        Scripts = [EmbeddedText.Read("Lab3/batches.js")],
        Controls = [new Choice("first", "batch size 1", ["1", "500"], "1"),
            new Choice("second", "batch size 2", ["1", "500"], "500"), new Slider("epochs", "epochs", 1, 3, 2),
            new Toggle("logX", "log epochs"), new Toggle("logY", "log loss", true)],
        Data = new() { ["runs"] = new Dictionary<string, object?> { ["1"] = Run(0), ["500"] = Run(1) } },
    };

    private static readonly LiveFigure[] s_all = [.. Landscapes, Digits, Batches];

    private static Dictionary<string, object?> Run(double above) => new()
    {
        ["at"] = new[] { 0.5, 1 },
        ["train"] = new[] { 6 + above, 5, 4, 3, 2, 1 },
        ["test"] = new[] { 7 + above, 6, 5, 4, 3, 2 },
        ["score"] = new[] { 70 + above, 80, 90 },
        ["right"] = new[] { 75 + above, 85, 95 },
    };

    /// <summary>A page of these figures.</summary>
    private async Task<IPage> Page(Figure[] figures, BrowserNewContextOptions? options = null)
    {
        HtmlPage page = new("Live figures", "lab9");
        foreach (var figure in figures)
        {
            page.Append(page.Place(figure, null));
        }

        StillFiles.Write(page, _browser.Folder);
        return await _browser.Show(page.ToHtml(), options: options);
    }

    private static Task<double[]> Numbers(IPage page, string script, object? argument = null) =>
        page.EvaluateAsync<double[]>(script, argument);

    private static void AreAlike(double[] ours, double[] theirs, double tolerance, string what)
    {
        Assert.That(theirs, Has.Length.EqualTo(ours.Length), what);
        for (int i = 0; i < ours.Length; i++)
        {
            Assert.That(theirs[i], Is.EqualTo(ours[i]).Within(tolerance * Math.Max(1, Math.Abs(ours[i]))),
                $"{what}, number {i}");
        }
    }

    [Test]
    public async Task Landscapes_and_their_slopes_are_the_engines()
    {
        var page = await Asked();
        Random random = new(1);
        foreach (var (name, (f, count)) in s_functions)
        {
            for (int trial = 0; trial < 12; trial++)
            {
                double[] at = [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() * 6 - 3)];
                Tensor[] w = [.. at.Select(value => Tensor.Scalar(value).RequireGrad())];
                var y = f(w);
                y.Backward();
                double[] ours = [y.Item(), .. w.Select(value => value.Grad?.Item() ?? 0)];
                double[] theirs = await Numbers(page, $"at => live.functions['{name}'](...at)", at);
                AreAlike(ours, theirs, 1e-12, $"{name} at {string.Join(", ", at)}");
            }
        }

        await _browser.IsSilent(page);
    }

    [Test]
    public async Task Walks_are_those_of_the_engines_optimizers()
    {
        const double rate = 0.05, momentum = 0.3, decay = 0.4;
        (string Name, Func<Tensor[], Optimizer> Make)[] optimizers =
        [
            ("SGD", p => new SGD(p, rate, momentum, weightDecay: decay)),
            ("RMSprop", p => new RMSprop(p, rate, momentum: momentum, weightDecay: decay)),
            ("Adagrad", p => new Adagrad(p, rate, weightDecay: decay)),
            ("Adam", p => new Adam(p, rate, weightDecay: decay)),
            ("AdamW", p => new AdamW(p, rate, weightDecay: decay)),
            ("Adamax", p => new Adamax(p, rate, weightDecay: decay)),
        ];
        Assert.That(optimizers.Select(optimizer => optimizer.Name), Is.EqualTo(LiveLandscapes.Optimizers));
        var page = await Asked();
        foreach (var (name, make) in optimizers)
        {
            var (x, y) = (Tensor.Scalar(-2.0).RequireGrad(), Tensor.Scalar(1.5).RequireGrad());
            var optimizer = make([x, y]);
            ExponentialLR schedule = new(optimizer, 0.97);
            List<double> ours = [];
            for (int step = 0; step <= 40; step++)
            {
                var height = Surfaces.Fancy(x, y);
                ours.AddRange(x.Item(), y.Item(), height.Item());
                height.Backward();
                optimizer.Step();
                optimizer.ZeroGrad();
                schedule.Step();
            }

            double[] theirs = await Numbers(page, """
                name => { const settings = { rate: 0.05, momentum: 0.3, decay: 0.4, gamma: 0.97 };
                    const path = live.walk(live.functions.fancy, [-2, 1.5], 40, name, settings);
                    return path.x.flatMap((x, i) => [x, path.y[i], path.z[i]]); }
                """, name);
            AreAlike([.. ours], theirs, 1e-10, name);
        }

        await _browser.IsSilent(page);
    }

    /// <summary>The figure of a loss over points: its way down is the engine's on the same loss.</summary>
    [Test]
    public async Task The_way_down_a_loss_is_the_engines([Values("squared", "absolute")] string loss)
    {
        var page = await Asked();
        Tensor points = Tensor.From([0.5, -1, 1.5]), heights = Tensor.From([1, 0.25, -0.5]);
        Tensor a = Tensor.Scalar(2.0).RequireGrad(), b = Tensor.Scalar(-2.0).RequireGrad();
        Tensor target = Surfaces.Learnable(points, heights, Tensor.Scalar(1.2), Tensor.Scalar(-1.4));
        Adam adam = new([a, b], 0.025);
        for (int step = 0; step < 30; step++)
        {
            var off = Surfaces.Learnable(points, heights, a, b) - target;
            (loss == "squared" ? off.Square() : off.Abs()).Mean().Backward();
            adam.Step();
            adam.ZeroGrad();
        }

        double[] theirs = await Numbers(page, """
            loss => { const figure = JSON.parse(document.querySelectorAll('[data-figure]')[6].textContent);
                const settings = { points: 3, loss, model: "the document's", rate: 0.025, steps: 30 };
                const drawing = live.figures.losses(settings, figure.data);
                const path = drawing.data[1]; return [path.x.at(-1), path.y.at(-1)]; }
            """, loss);
        AreAlike([a.Item(), b.Item()], theirs, 1e-9, loss);
        await _browser.IsSilent(page);
    }

    /// <summary>At either end of every slider and with every choice a figure has numbers and a sentence.</summary>
    [Test]
    public async Task Every_setting_has_a_figure()
    {
        var page = await Asked();
        foreach (var (i, figure) in s_all.Index())
        {
            foreach (var control in figure.Controls)
            {
                object[] values = control switch
                {
                    Slider slider => [slider.HasZero ? 0 : slider.From, slider.To],
                    Choice choice => [.. choice.Choices],
                    _ => [true, false],
                };
                string said = await page.EvaluateAsync<string>("""
                    ([i, key, values]) => values.map(value => {
                        const figure = JSON.parse(document.querySelectorAll('[data-figure]')[i].textContent);
                        const settings = Object.fromEntries(figure.controls.map(c => [c.key, c.value]));
                        const drawing = live.figures[figure.live]({ ...settings, [key]: value }, figure.data);
                        const isDrawn = drawing.data.every(t => (t.z ?? t.y).length > 0 || t.name === "goal");
                        return isDrawn ? drawing.said : "";
                    }).join("\n")
                    """, new object[] { i, control.Key, values });
                Assert.That(said.Split('\n'),
                    Has.All.Not.Empty.And.All.Not.Contain("NaN").And.All.Not.Contain("undefined"),
                    $"{figure.Title}: {control.Label}");
            }
        }

        await _browser.IsSilent(page);
    }

    [Test]
    public async Task Keys_move_the_sliders_and_the_figure_follows()
    {
        var page = await Page([Playground]);
        var rate = page.GetByLabel("learning rate", new() { Exact = true });
        Assert.That(await rate.GetAttributeAsync("aria-valuetext"), Is.EqualTo("0.20497"), "the first value is exact");
        await page.WaitForFunctionAsync("document.querySelector('.plot').data?.length > 0");
        double before = await Last(page);
        await rate.FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await page.WaitForFunctionAsync($"document.querySelector('.plot').data[1].x.at(-1) !== {Text(before)}");
        double next = double.Parse((await rate.GetAttributeAsync("aria-valuetext"))!, CultureInfo.InvariantCulture);
        Assert.That(next, Is.GreaterThan(0.20497).And.LessThan(0.22));
        double[] ours = await Numbers(page,
            "rate => live.walk(live.functions.Rastrigin, [-2.45, -2.45], 20, 'Adam', { rate }).x.slice(-1)", next);
        Assert.That(await Last(page), Is.EqualTo(ours[0]));
        await page.Keyboard.PressAsync("End");
        Assert.That(await page.Locator("output").First.InnerTextAsync(), Is.EqualTo("3"));
        await page.Keyboard.PressAsync("Home");
        Assert.That(await page.Locator("output").First.InnerTextAsync(), Is.EqualTo("0.0001"));

        await page.GetByLabel("optimizer").SelectOptionAsync("RMSprop");
        var box = page.GetByLabel("as published, too");
        await box.FocusAsync();
        await page.Keyboard.PressAsync("Space");
        await page.WaitForFunctionAsync("document.querySelector('.said').textContent.includes('as published: SGD')");
        await page.WaitForFunctionAsync(
            "document.querySelector('.plot').data.some(trace => trace.name === 'as published: SGD')");
        await _browser.Close(page);

        static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

        static Task<double> Last(IPage page) =>
            page.EvaluateAsync<double>("document.querySelector('.plot').data[1].x.at(-1)");
    }

    [Test]
    public async Task A_button_plays_a_slider_unless_the_reader_wants_no_motion()
    {
        var page = await Page([LiveLandscapes.Model(s_still, (2, -2), (0, 0, -1))]);
        await page.GetByLabel("view").SelectOptionAsync("from above");
        var play = page.GetByRole(AriaRole.Button, new() { Name = "Play: step" });
        await play.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForFunctionAsync("/^After [1-4]?[0-9] steps/.test(document.querySelector('.said').textContent)");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause: step" }).ClickAsync();
        Assert.That(await play.IsVisibleAsync());
        await page.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        await play.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await _browser.Close(page);
    }

    [Test]
    public async Task Images_and_losses_are_those_of_the_data()
    {
        var page = await Asked();
        double[] greys = await Numbers(page, """
            () => { const figure = JSON.parse(document.querySelectorAll('[data-figure]')[8].textContent);
                const { z } = live.figures.digits({ columns: 2, rows: 1, answers: false }, figure.data).data[0];
                return [z.length, z[0].length, z[0][0], z[27][27], z[0][31], z[27][31 + 27], z[5][40]]; }
            """);
        Assert.That(greys, Is.EqualTo(new double[] { 31, 62, 15, 15, 0, 13, 2 }));
        string said = await page.EvaluateAsync<string>("""
            () => { const figure = JSON.parse(document.querySelectorAll('[data-figure]')[9].textContent);
                const settings = { first: "1", second: "500", epochs: 2, logX: false, logY: true };
                const { data, said } = live.figures.batches(settings, figure.data);
                return `${said} ${data.map(trace => `${trace.name}: ${trace.x} ${trace.y}`).join("; ")}`; }
            """);
        Assert.That(said, Is.EqualTo(
            "After 2 epochs, batch size 1: test loss 4, score as published 80 %, right answers 85 %; batch size 500: "
                + "test loss 4, score as published 80 %, right answers 85 %. training, 1: 0.5,1,1.5,2 6,5,4,3; test, "
                + "1: 0.5,1,1.5,2 7,6,5,4; training, 500: 0.5,1,1.5,2 7,5,4,3; test, 500: 0.5,1,1.5,2 8,6,5,4"));
        await _browser.IsSilent(page);
    }

    [TestCase(1280, 8)]
    [TestCase(390, 4)]
    public async Task Images_in_a_row_leave_room_for_their_captions(int width, int columns)
    {
        var page = await Asked();
        await page.SetViewportSizeAsync(width, 900);
        Assert.That(await page.EvaluateAsync<int>("""
            () => { const captions = Array(16).fill("7, p = 0.66"), pixels = "0".repeat(16 * 784);
                const { data } = live.figures.digits({ count: 16 }, { said: "", sets: { all: { captions, pixels } } });
                return data[0].z[0].length; }
            """), Is.EqualTo(columns * 31));
        await _browser.IsSilent(page);
    }

    [Test]
    public async Task Without_JavaScript_there_is_the_still_and_what_it_shows()
    {
        var page = await Page([Playground], new() { JavaScriptEnabled = false });
        Assert.That(await page.Locator(".still img").IsVisibleAsync());
        Assert.That(await page.Locator(".still").InnerTextAsync(),
            Does.StartWith("Here with landscape Rastrigin, optimizer Adam, "));
        await _browser.Close(page);
    }

    /// <summary>No critical or serious violation by axe, and nothing wider than the window.</summary>
    [TestCaseSource(typeof(Browser), nameof(Browser.Looks))]
    public async Task It_is_accessible(int width, bool isDark)
    {
        var page = await Page([Playground, Batches, Digits], Browser.Window(width, isDark));
        await page.WaitForFunctionAsync("document.querySelector('.plot').data?.length > 0");
        await Browser.IsAccessible(page);
        await Browser.Fits(page);
        if (s_pictures is not null)
        {
            await page.ScreenshotAsync(new()
            {
                Path = Path.Combine(s_pictures, $"live-{width}-{(isDark ? "dark" : "light")}.png"), FullPage = true,
            });
        }

        await _browser.Close(page);
    }
}
