using System.Text;
using Autodiff.Tests.Browsers;
using Labs.Reference;
using Labs.Shell;
using Microsoft.Playwright;
using Spectre.Console;

namespace Autodiff.Tests.LabReport;

/// <summary>
/// The report's pages in a browser: at two widths, in light and dark, with scripts and without. They run where Chromium
/// is. The pages are a fixture's, with one of everything; if AUTODIFF_PAGES names a folder that the labs have written,
/// its pages are looked at as well. If AUTODIFF_SCREENSHOTS names a folder, pictures of the pages are left there.
/// </summary>
[Parallelizable] // they wait for browsers most of the time
public sealed class ReportBrowserTests
{
    private const string Rows = """
        {"rows": [
          {"lab": "9-fixture", "cell": "a cell", "what": "published and computed", "value": [1.25, 3],
            "published": ["1.25", "3.0"], "rtol": 0.01},
          {"lab": "9-fixture", "cell": "another cell", "what": "many",
            "value": [0, 1, 2, 3, 4, 5, 6, 7, 8], "rtol": 0.01}
        ]}
        """;

    private static readonly string? s_real = Environment.GetEnvironmentVariable("AUTODIFF_PAGES");
    private static readonly string? s_pictures = Environment.GetEnvironmentVariable("AUTODIFF_SCREENSHOTS");

    private Browser _browser = null!;
    private IPage? _moved;
    private string _lab = "";

    private static IEnumerable<string> Pages()
    {
        string[] own = ["index.html", "lab9.html", "errata.html"];
        return s_real is null
            ? own
            : own.Concat(Directory.GetFiles(s_real, "*.html")
                .Where(path => !path.EndsWith("vjp.html", StringComparison.Ordinal)));
    }

    [OneTimeSetUp]
    public async Task Open()
    {
        _browser = await Browser.Open();
        AnsiConsoleSettings silent = new() { Out = new AnsiConsoleOutput(TextWriter.Null) };
        FixtureLab lab = new();
        LabRunner runner = new(new ConsoleView(AnsiConsole.Create(silent)), [lab, new NextLab()],
            ReferenceTable.Read(new MemoryStream(Encoding.UTF8.GetBytes(Rows))));
        int code = await runner.RunAsync([lab], _browser.Folder, CancellationToken.None);
        Assert.That(code, Is.EqualTo(LabRunner.RowsOut), "one row is out of tolerance, as pages must show it, too");
        _lab = Path.Combine(_browser.Folder, "lab9.html");
    }

    [OneTimeTearDown]
    public async Task Close()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }
    }

    private sealed class NextLab : Lab
    {
        public override int Number => 10;

        public override string Title => "The next one";

        public override string Summary => "It isn't run.";

        public override void Run(LabContext lab) => throw new NotSupportedException();
    }

    [TestCaseSource(nameof(Pages))]
    public async Task A_page_fits_and_is_accessible_with_scripts_and_without(string name)
    {
        foreach (object[] look in Browser.Looks)
        {
            await Look(name, (int)look[0], (bool)look[1], hasScripts: true);
            await Look(name, (int)look[0], (bool)look[1], hasScripts: false);
        }
    }

    [Test]
    public async Task What_nobody_could_read_is_found()
    {
        IPage page = await _browser.Show(
            "<html lang=en><title>t</title><main><h1>h</h1><p style='color:#ccc'>pale</p><img src='data:,'></main>");
        string[] found = [.. (await Browser.Violations(page)).Select(each => each.Split(':')[0])];
        Assert.That(found, Is.EquivalentTo(new[] { "color-contrast", "image-alt" }));
        await _browser.Close(page);
    }

    private async Task Look(string name, int width, bool isDark, bool hasScripts)
    {
        IPage page = await _browser.Page(
            Path.Combine(_browser.Folder, name), options: Browser.Window(width, isDark, hasScripts));
        await Browser.Fits(page);
        if (hasScripts)
        {
            // Drawn one by one on a narrow light page; where all four looks are taken, on a wide dark one too.
            bool areDrawn = isDark == (width > 600) && (!isDark || Browser.HasEveryLook);
            int count = areDrawn ? await page.Locator("figure").CountAsync() : 0;
            for (int i = 0; i < count; i++)
            {
                ILocator figure = page.Locator("figure").Nth(i);
                await figure.EvaluateAsync("figure => figure.scrollIntoView({ behavior: 'instant', block: 'center' })");
                await Drawn(page, i);
                await Browser.Fits(page);
                Assert.That(await figure.Locator(".title").IsVisibleAsync());
                Assert.That(await figure.Locator(".still").IsVisibleAsync(), Is.False);
                if (s_pictures is not null)
                {
                    await figure.ScreenshotAsync(
                        new() { Path = Picture($"{Path.GetFileName(name)}-{width}-{i + 1:00}") });
                }
            }

            await page.EvaluateAsync(
                "document.querySelectorAll('details').forEach(details => { details.open = true; })");
            await Browser.Fits(page);
            await Browser.IsAccessible(page);
        }
        else
        {
            foreach (ILocator image in await page.Locator(".still img").AllAsync())
            {
                Assert.That(await image.IsVisibleAsync());
                Assert.That(
                    await image.EvaluateAsync<bool>("image => image.decode().then(() => image.naturalWidth > 0)"));
            }

            Assert.That(await page.Locator(".title:visible").CountAsync(), Is.Zero,
                "the stills have titles of their own");
        }

        if (s_pictures is not null)
        {
            string theme = isDark ? "dark" : "light", scripts = hasScripts ? "" : "-noscript";
            await page.ScreenshotAsync(
                new() { Path = Picture($"{Path.GetFileName(name)}-{width}-{theme}{scripts}"), FullPage = true });
        }

        await _browser.Close(page);
    }

    private static string Picture(string name) => Path.Combine(s_pictures!, $"{name}.png");

    private static Task<IJSHandle> Drawn(IPage page, int figure) => page.WaitForFunctionAsync("""
        i => { const plot = document.querySelectorAll('figure')[i].querySelector('.plot');
          return plot.querySelector('.message') || plot.querySelector('.main-svg') && plot._fullLayout; }
        """, figure);

    /// <summary>The page whose figures tests move, opened once for all.</summary>
    private async Task<IPage> Moved() => _moved ??= await _browser.Page(_lab);

    private static async Task<ILocator> Figure(IPage page, string title)
    {
        ILocator figure = page.Locator($"figure[aria-label='{title}']");
        await figure.EvaluateAsync("figure => figure.scrollIntoView({ behavior: 'instant', block: 'center' })");
        await Drawn(page, await figure.EvaluateAsync<int>(
            "figure => [...document.querySelectorAll('figure')].indexOf(figure)"));
        await figure.Locator(".player").WaitForAsync();
        return figure;
    }

    /// <summary>Waits until a trace of the figure shows so many points.</summary>
    private static async Task Shows(ILocator figure, int trace, int points)
    {
        IJSHandle plot = await figure.Locator(".plot").EvaluateHandleAsync("plot => plot");
        await figure.Page.WaitForFunctionAsync(
            $"plot => plot.data[{trace}].x.length === {points}", plot);
    }

    /// <summary>The moving trace comes after the others; of a landscape after the surface and its floor.</summary>
    [TestCase("A path that walks", 1, "step")]
    [TestCase("The landscape from above", 1, "step")]
    [TestCase("A landscape", 2, "step")]
    public async Task A_slider_goes_from_frame_to_frame_by_keys(string title, int trace, string word)
    {
        IPage page = await Moved();
        ILocator figure = await Figure(page, title), slider = figure.Locator(".player input");
        await slider.FocusAsync();
        await page.Keyboard.PressAsync("End");
        await Shows(figure, trace, 40);
        await page.Keyboard.PressAsync("Home");
        await Shows(figure, trace, 1);
        Assert.That(await figure.Locator("output").InnerTextAsync(), Is.EqualTo($"{word} 0"));
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("ArrowRight");
        await Shows(figure, trace, 3);
        Assert.That(await slider.GetAttributeAsync("aria-valuetext"), Is.EqualTo($"{word} 2"));
        await page.Keyboard.PressAsync("ArrowLeft");
        await Shows(figure, trace, 2);
        await page.Keyboard.PressAsync("End");
        await Shows(figure, trace, 40);
        await _browser.IsSilent(page);
    }

    [Test]
    public async Task A_frame_has_its_label()
    {
        IPage page = await Moved();
        ILocator figure = await Figure(page, "A line that bends");
        Assert.That(await figure.Locator("output").InnerTextAsync(), Is.EqualTo("epoch fifth"));
        await figure.Locator(".player input").FocusAsync();
        await page.Keyboard.PressAsync("Home");
        Assert.That(await figure.Locator("output").InnerTextAsync(), Is.EqualTo("epoch first"));
        IJSHandle plot = await figure.Locator(".plot").EvaluateHandleAsync("plot => plot");
        await page.WaitForFunctionAsync("plot => plot.data[0].y.join() === '0,1,0'", plot);
        await _browser.IsSilent(page);
    }

    [Test]
    public async Task The_space_bar_plays_and_pauses([Values("button", "slider")] string where)
    {
        IPage page = await Moved();
        ILocator figure = await Figure(page, "A path that walks");
        ILocator button = figure.Locator(".player button"), slider = figure.Locator(".player input");
        await slider.FocusAsync();
        await page.Keyboard.PressAsync("End"); // from where it begins again
        IJSHandle at = await slider.EvaluateHandleAsync("slider => slider");
        await (where == "button" ? button : slider).FocusAsync();
        await page.Keyboard.PressAsync("Space");
        await page.WaitForFunctionAsync("slider => slider.value > 0 && slider.value !== slider.max", at);
        Assert.That(await button.GetAttributeAsync("aria-label"), Is.EqualTo("Pause: A path that walks"));

        // In one go, since the figure plays on while a test waits.
        string paused = await button.EvaluateAsync<string>(
            "button => { button.click(); return button.getAttribute('aria-label'); }");
        Assert.That(paused, Is.EqualTo("Play: A path that walks"));
        string there = await slider.InputValueAsync();
        await page.WaitForTimeoutAsync(400);
        Assert.That(await slider.InputValueAsync(), Is.EqualTo(there), "a paused figure stays");
        await _browser.IsSilent(page);
    }

    [Test]
    public async Task Who_wants_no_motion_gets_the_slider_alone()
    {
        IPage page = await _browser.Page(_lab, options: new() { ReducedMotion = ReducedMotion.Reduce });
        ILocator figure = await Figure(page, "A path that walks");
        Assert.That(await figure.Locator(".player button").IsVisibleAsync(), Is.False);
        ILocator slider = figure.Locator(".player input");
        await slider.FocusAsync();
        await page.Keyboard.PressAsync("Home");
        await page.Keyboard.PressAsync("Space");
        await Shows(figure, 1, 1);
        Assert.That(await slider.InputValueAsync(), Is.EqualTo("0"));
        await _browser.Close(page);
    }

    [Test]
    public async Task Variants_are_chosen_by_keys_and_a_missing_one_is_said()
    {
        IPage page = await Moved();
        ILocator figure = page.Locator("figure[aria-label='Variants']");
        await figure.EvaluateAsync("figure => figure.scrollIntoView({ behavior: 'instant', block: 'center' })");
        await Assertions.Expect(figure.Locator(".title")).ToHaveTextAsync("First");
        await page.Locator("figure button", new() { HasText = "Adam" }).FocusAsync();
        await page.Keyboard.PressAsync("Space");
        await Assertions.Expect(page.GetByText("Third", new() { Exact = true })).ToBeVisibleAsync();
        await page.Locator("figure button").GetByText("1", new() { Exact = true }).First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByText("This combination was not run.")).ToBeVisibleAsync();
        await _browser.IsSilent(page);
    }

    [Test]
    public async Task The_first_stop_of_the_tab_key_skips_to_the_content()
    {
        IPage page = await _browser.Page(_lab);
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page.GetByText("Skip to the content")).ToBeFocusedAsync();
        await Assertions.Expect(page.GetByText("Skip to the content")).ToBeInViewportAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("main")).ToBeFocusedAsync();
        await _browser.Close(page);
    }

    [Test]
    public async Task A_page_leads_to_its_neighbours_and_says_how_it_is_made()
    {
        IPage page = await _browser.Page(_lab);
        Assert.That(await page.Locator(".neighbours a").AllInnerTextsAsync(),
            Is.EqualTo(new[] { "Lab 10: The next one →" }));
        await page.GetByText("Run it yourself").ClickAsync();
        await Assertions.Expect(page.GetByText("dotnet run -c Release --project examples/Labs -- 9"))
            .ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Errata" }).ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Errata in the notebooks");
        await _browser.Close(page);
    }

    [Test]
    public async Task On_paper_there_are_the_stills()
    {
        IPage page = await _browser.Page(_lab);
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        int figures = await page.Locator("figure").CountAsync();
        Assert.That(await page.Locator(".still:visible").CountAsync(), Is.EqualTo(figures));
        Assert.That(await page.Locator(".plot:visible, .title:visible, .controls:visible, .player:visible")
            .CountAsync(),
            Is.Zero);
        await _browser.Close(page);
    }

    [Test]
    public async Task Without_the_library_the_stills_stay()
    {
        string html = (await File.ReadAllTextAsync(_lab))
            .Replace("plotly.min.js", "missing.js", StringComparison.Ordinal);
        string path = Path.Combine(_browser.Folder, "without.html");
        await File.WriteAllTextAsync(path, html);
        IPage page = await _browser.Page(path);
        Assert.That(await page.Locator(".still:visible").CountAsync(),
            Is.EqualTo(await page.Locator("figure").CountAsync()));
        await page.Context.CloseAsync(); // the missing file is an error on the console
    }
}
