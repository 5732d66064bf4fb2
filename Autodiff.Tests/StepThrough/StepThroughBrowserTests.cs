using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Autodiff.Tests.StepThrough;

/// <summary>
/// The page in a browser: its keys, links, themes and widths. They run where Chromium is. If AUTODIFF_SCREENSHOTS names
/// a folder, pictures of the pages are left there.
/// </summary>
public class StepThroughBrowserTests
{
    private static readonly string[] s_places =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    private static readonly string? s_pictures = Environment.GetEnvironmentVariable("AUTODIFF_SCREENSHOTS");

    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private string _folder = "";

    private static IEnumerable<TestCaseData> AllPresets() =>
        Presets.All.Select((preset, i) => new TestCaseData(i, preset.Make).SetArgDisplayNames(preset.Name));

    [OneTimeSetUp]
    public async Task Open()
    {
        try
        {
            _playwright = await Playwright.CreateAsync();
        }
        catch (Exception e) when (e is PlaywrightException or System.ComponentModel.Win32Exception)
        {
            Assert.Ignore($"Playwright does not run on this machine: {e.Message}");
        }

        string? path = Environment.GetEnvironmentVariable("AUTODIFF_CHROMIUM") is { Length: > 0 } named
            ? named
            : s_places.Prepend(_playwright!.Chromium.ExecutablePath).FirstOrDefault(File.Exists);
        if (!File.Exists(path))
        {
            Assert.Ignore("No Chromium here: install the package chromium, or run playwright.ps1 install chromium.");
        }

        _browser = await _playwright!.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = ["--no-sandbox"] });
        _folder = Directory.CreateTempSubdirectory("autodiff-pages").FullName;
    }

    [OneTimeTearDown]
    public async Task Close()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
            Directory.Delete(_folder, recursive: true);
        }

        _playwright?.Dispose();
    }

    /// <summary>A page that complains here of every error, dialog, and request that leaves the file system.</summary>
    private async Task<IPage> Page(string html, string hash = "", BrowserNewContextOptions? options = null)
    {
        string path = Path.Combine(_folder, $"{Guid.NewGuid():N}.html");
        await File.WriteAllTextAsync(path, html);
        IBrowserContext context =
            await _browser!.NewContextAsync(options ?? new() { ViewportSize = new() { Width = 1280, Height = 900 } });
        IPage page = await context.NewPageAsync();
        page.PageError += (_, error) => Assert.Fail(error);
        page.Console += (_, message) => Assert.That(message.Type, Is.Not.EqualTo("error"), message.Text);
        page.Dialog += (_, dialog) => Assert.Fail($"a script ran: {dialog.Message}");
        page.Request += (_, request) => Assert.That(request.Url, Does.StartWith("file:"));
        await page.GotoAsync($"file://{path}{hash}");
        return page;
    }

    private static async Task<string> Now(IPage page) => await page.Locator("#now").InnerTextAsync();

    [TestCaseSource(nameof(AllPresets))]
    public async Task Keys_step_through(int index, Func<Func<Tensor>> make)
    {
        Tape tape = Tape.Record(make());
        IPage page = await Page(tape.ToHtml(Presets.All[index].Name));
        int operations = tape.Count(node => node is not LeafNode), steps = 2 + operations + tape.Visits.Count;
        for (int step = 1; step <= steps; step++)
        {
            Assert.That(await Now(page), Does.StartWith($"Step {step} of {steps}. "));
            Assert.That(await page.Locator(".step:visible").CountAsync(), Is.EqualTo(1));
            Assert.That(await page.Locator(".step:visible").GetAttributeAsync("id"), Is.EqualTo($"step-{step}"));
            await page.Keyboard.PressAsync("ArrowRight");
        }

        Assert.That(page.Url, Does.EndWith($"#step-{steps}"), "the last step stays");
        await page.Keyboard.PressAsync("Home");
        Assert.That(await Now(page), Does.StartWith("Step 1 of"));
        await page.Keyboard.PressAsync("End");
        await page.Keyboard.PressAsync("ArrowLeft");
        Assert.That(page.Url, Does.EndWith($"#step-{steps - 1}"));
        await RulesInNumbersAreRight(page, tape);
        await page.Context.CloseAsync();
    }

    /// <summary>Every line "x̄ = 0.33 * 0.73 = 0.24" of the page is computed again from what it says.</summary>
    private static async Task RulesInNumbersAreRight(IPage page, Tape tape)
    {
        string[] lines = await page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('[data-numbers]')].map(line => line.textContent).filter(line => line)");
        Assert.That(lines, Has.Length.GreaterThanOrEqualTo(tape.Count(node => node.Reads is not null)));
        foreach (string line in lines.Where(line => !line.Contains('…', StringComparison.Ordinal)))
        {
            string[] parts = line.Split(" = ");
            string formula = Regex.Replace(parts[^2], @"\|([^|]*)\|", "abs($1)");
            double result = double.Parse(parts[^1], System.Globalization.CultureInfo.InvariantCulture);
            double computed = await page.EvaluateAsync<double>(
                "f => { const { sin, cos, exp, tanh, log, log1p, abs, sqrt } = Math; return eval(f); }", formula);
            Assert.That(computed, Is.EqualTo(result).Within(1e-3 + (5e-3 * Math.Abs(result))), line);
        }
    }

    [Test]
    public async Task Space_plays_and_pauses()
    {
        IPage page = await Page(Tape.Record(Presets.All[0].Make()).ToHtml());
        await page.Keyboard.PressAsync("Space");
        Assert.That(await page.Locator("#play").GetAttributeAsync("aria-label"), Is.EqualTo("Pause"));
        await page.WaitForFunctionAsync("document.getElementById('now').textContent.startsWith('Step 2 ')");
        await page.Keyboard.PressAsync("Space");
        Assert.That(await page.Locator("#play").GetAttributeAsync("aria-label"), Is.EqualTo("Play"));
    }

    [Test]
    public async Task Every_step_has_a_link()
    {
        IPage page = await Page(Tape.Record(Presets.All[5].Make()).ToHtml(), "#step-6");
        Assert.That(await Now(page),
            Does.StartWith("Step 6 of 7. Backward through %1 = Mul(x, x)").And.Contains("x += 3, x += 3"));
        Assert.That(await page.Locator(".step:visible [data-accumulation]").CountAsync(), Is.EqualTo(2));
        await page.EvaluateAsync("location.hash = '#step-3'");
        await page.WaitForFunctionAsync("document.getElementById('now').textContent.startsWith('Step 3 ')");
        await page.Locator("#next").ClickAsync();
        Assert.That(page.Url, Does.EndWith("#step-4"));
    }

    [Test]
    public async Task The_element_under_the_pointer_is_worked_out()
    {
        Tape tape = Tape.Record(Presets.All[4].Make());
        IPage page = await Page(tape.ToHtml(), "#step-9"); // leaves, four operations, seed, Sum, Tanh, Add
        ILocator bias = page.Locator(".step:visible").GetByText("What bias receives").Locator("..");
        await bias.Locator("td[data-element='1']").HoverAsync();
        Assert.That(await bias.Locator("[data-numbers]").InnerTextAsync(),
            Is.EqualTo("b̄ = 0.008498 + 0.00006045 = 0.008558"));
        await bias.Locator("select").SelectOptionAsync("0");
        Assert.That(await bias.Locator("[data-numbers]").InnerTextAsync(), Does.StartWith("b̄ = 0.004912 + "));
        Assert.That(await bias.InnerTextAsync(),
            Does.Contain("summed back to [2]").And.Contains("Not formed: 4 × 2 = 8 numbers"));
    }

    [Test]
    public async Task Without_JavaScript_the_table_has_values_and_gradients()
    {
        Tape tape = Tape.Record(Presets.All[0].Make());
        IPage page = await Page(tape.ToHtml(), options: new() { JavaScriptEnabled = false });
        Assert.That(await page.Locator("table.tape tbody tr").CountAsync(), Is.EqualTo(tape.Count));
        Assert.That(await page.Locator("table.tape").IsVisibleAsync());
        Assert.That(await page.Locator("noscript").InnerTextAsync(), Does.Contain("need JavaScript"));
    }

    [Test]
    public async Task On_paper_all_steps_are_there()
    {
        IPage page = await Page(Tape.Record(Presets.All[5].Make()).ToHtml());
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        Assert.That(await page.Locator(".step:visible").CountAsync(), Is.EqualTo(7));
        Assert.That(await page.Locator(".controls").IsVisibleAsync(), Is.False);
    }

    [Test]
    public async Task Names_run_no_script()
    {
        Tensor x = Tensor.Scalar(2.0).RequireGrad();
        x.Name = "</script><img src=x onerror=alert(1)><script>alert(2)</script>";
        IPage page = await Page(Tape.Record(() => x * x).ToHtml("</title><script>alert(3)</script>"));
        Assert.That(await page.Locator("h1").InnerTextAsync(), Is.EqualTo("</title><script>alert(3)</script>"));
        Assert.That(await Now(page), Does.Contain("<img src=x"));
    }

    [Test]
    public async Task What_did_not_survive_is_said()
    {
        Tensor x = Tensor.Scalar(0.7).RequireGrad();
        IPage page = await Page(Tape.Of((x * x).Sin() + 1).ToHtml());
        Assert.That(await page.Locator("#notes").InnerTextAsync(), Does.Contain("This tape was not recorded"));
        int steps = int.Parse((await page.Locator("#count").InnerTextAsync()).Split('/')[1],
            System.Globalization.CultureInfo.InvariantCulture);
        for (int i = 1; i < steps; i++)
        {
            await page.Keyboard.PressAsync("ArrowRight");
        }

        Assert.That(await Now(page), Does.Contain("Its gradient was not kept."));
    }

    /// <summary>No critical or serious violation by axe, and nothing wider than the window.</summary>
    [Test]
    public async Task It_is_accessible([Values(1280, 390)] int width, [Values] bool isDark, [Values(3, 4)] int index)
    {
        IPage page = await Page(Tape.Record(Presets.All[index].Make()).ToHtml(Presets.All[index].Name), options: new()
        {
            ViewportSize = new() { Width = width, Height = 900 },
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
        });
        int steps = await page.Locator(".step").CountAsync();
        foreach (int step in index == 3 ? new[] { 3, steps - 5 } : [1, 3, 9, steps])
        {
            await page.EvaluateAsync($"location.hash = '#step-{step}'");
            await page.WaitForFunctionAsync($"document.getElementById('now').textContent.startsWith('Step {step} ')");
            await page.Locator("#table").EvaluateAsync("table => { table.open = true; }");
            AxeResult found = await page.RunAxe();
            Assert.That(found.Violations.Where(violation => violation.Impact is "critical" or "serious")
                .Select(violation => $"{violation.Id}: {violation.Nodes[0].Html}"), Is.Empty);
            Assert.That(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"),
                Is.LessThanOrEqualTo(width));
            if (s_pictures is not null)
            {
                await page.Locator("#table").EvaluateAsync("table => { table.open = false; }");
                await page.ScreenshotAsync(
                    new() { Path = Path.Combine(s_pictures,
                        $"{index}-{width}-{(isDark ? "dark" : "light")}-{step}.png"), FullPage = true });
            }
        }

        await page.Context.CloseAsync();
    }
}
