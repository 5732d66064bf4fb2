using System.Text.RegularExpressions;
using Autodiff.Tests.Browsers;
using Microsoft.Playwright;

namespace Autodiff.Tests.StepThrough;

/// <summary>
/// The page in a browser: its keys, links, themes and widths. They run where Chromium is. If AUTODIFF_SCREENSHOTS names
/// a folder, pictures of the pages are left there.
/// </summary>
[Parallelizable] // they wait for browsers most of the time
public class StepThroughBrowserTests
{
    private static readonly string? s_pictures = Environment.GetEnvironmentVariable("AUTODIFF_SCREENSHOTS");

    private Browser _browser = null!;

    private static IEnumerable<TestCaseData> AllPresets() =>
        Presets.All.Select((preset, i) => new TestCaseData(i, preset.Make).SetArgDisplayNames(preset.Name));

    [OneTimeSetUp]
    public async Task Open() => _browser = await Browser.Open();

    [OneTimeTearDown]
    public async Task Close()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }
    }

    private Task<IPage> Page(string html, string hash = "", BrowserNewContextOptions? options = null) =>
        _browser.Show(html, hash, options);

    /// <summary>Where the page says it is: the address that Playwright knows may be the one of a moment ago.</summary>
    private static Task<string> Hash(IPage page) => page.EvaluateAsync<string>("location.hash");

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

        Assert.That(await Hash(page), Is.EqualTo($"#step-{steps}"), "the last step stays");
        await page.Keyboard.PressAsync("Home");
        Assert.That(await Now(page), Does.StartWith("Step 1 of"));
        await page.Keyboard.PressAsync("End");
        await page.Keyboard.PressAsync("ArrowLeft");
        Assert.That(await Hash(page), Is.EqualTo($"#step-{steps - 1}"));
        await RulesInNumbersAreRight(page, tape);
        await _browser.Close(page);
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
        // The page's time goes on when the test says so: a busy machine would miss a step otherwise.
        IPage page = await _browser.Show(Tape.Record(Presets.All[0].Make()).ToHtml(), prepare: async page =>
        {
            await page.Clock.InstallAsync(new() { TimeDate = DateTime.UnixEpoch });
            await page.Clock.PauseAtAsync(DateTime.UnixEpoch.AddHours(1));
        });
        await page.Keyboard.PressAsync("Space");
        Assert.That(await page.Locator("#play").GetAttributeAsync("aria-label"), Is.EqualTo("Pause"));
        await page.Clock.RunForAsync(1500);
        Assert.That(await Now(page), Does.StartWith("Step 2 "));
        await page.Keyboard.PressAsync("Space");
        Assert.That(await page.Locator("#play").GetAttributeAsync("aria-label"), Is.EqualTo("Play"));
        await page.Clock.RunForAsync(5000);
        Assert.That(await Now(page), Does.StartWith("Step 2 "), "a paused page stays");
        await _browser.Close(page);
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
        Assert.That(await Hash(page), Is.EqualTo("#step-4"));
        await _browser.Close(page);
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
        await _browser.Close(page);
    }

    [Test]
    public async Task Without_JavaScript_the_table_has_values_and_gradients()
    {
        Tape tape = Tape.Record(Presets.All[0].Make());
        IPage page = await Page(tape.ToHtml(), options: new() { JavaScriptEnabled = false });
        Assert.That(await page.Locator("table.tape tbody tr").CountAsync(), Is.EqualTo(tape.Count));
        Assert.That(await page.Locator("table.tape").IsVisibleAsync());
        Assert.That(await page.Locator("noscript").InnerTextAsync(), Does.Contain("need JavaScript"));
        await _browser.Close(page);
    }

    [Test]
    public async Task On_paper_all_steps_are_there()
    {
        IPage page = await Page(Tape.Record(Presets.All[5].Make()).ToHtml());
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        Assert.That(await page.Locator(".step:visible").CountAsync(), Is.EqualTo(7));
        Assert.That(await page.Locator(".controls").IsVisibleAsync(), Is.False);
        await _browser.Close(page);
    }

    [Test]
    public async Task Names_run_no_script()
    {
        Tensor x = Tensor.Scalar(2.0).RequireGrad();
        x.Name = "</script><img src=x onerror=alert(1)><script>alert(2)</script>";
        IPage page = await Page(Tape.Record(() => x * x).ToHtml("</title><script>alert(3)</script>"));
        Assert.That(await page.Locator("h1").InnerTextAsync(), Is.EqualTo("</title><script>alert(3)</script>"));
        Assert.That(await Now(page), Does.Contain("<img src=x"));
        await _browser.Close(page);
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
        await _browser.Close(page);
    }

    /// <summary>
    /// No critical or serious violation by axe, and nothing wider than the window: the presets with most nodes and with
    /// matrices; all six where every look is asked for.
    /// </summary>
    [TestCaseSource(typeof(Browser), nameof(Browser.Looks))]
    public async Task It_is_accessible(int width, bool isDark)
    {
        foreach (int index in Browser.HasEveryLook ? [0, 1, 2, 3, 4, 5] : new[] { 3, 4 })
        {
            await IsAccessible(width, isDark, index);
        }
    }

    private async Task IsAccessible(int width, bool isDark, int index)
    {
        IPage page = await Page(Tape.Record(Presets.All[index].Make()).ToHtml(Presets.All[index].Name), options: new()
        {
            ViewportSize = new() { Width = width, Height = 900 },
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
        });
        int steps = await page.Locator(".step").CountAsync();
        int[] looked = index == 3 ? [3, steps - 5] : index == 4 ? [1, 3, 9, steps] : [2, (steps / 2) + 1];
        foreach (int step in looked)
        {
            await page.EvaluateAsync($"location.hash = '#step-{step}'");
            await page.WaitForFunctionAsync($"document.getElementById('now').textContent.startsWith('Step {step} ')");
            await page.Locator("#table").EvaluateAsync("table => { table.open = true; }");
            await Browser.IsAccessible(page);
            await Browser.Fits(page);
            if (s_pictures is not null)
            {
                await page.Locator("#table").EvaluateAsync("table => { table.open = false; }");
                await page.ScreenshotAsync(
                    new() { Path = Path.Combine(s_pictures,
                        $"{index}-{width}-{(isDark ? "dark" : "light")}-{step}.png"), FullPage = true });
            }
        }

        await _browser.Close(page);
    }
}
