using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace Autodiff.Tests.Browsers;

/// <summary>
/// Chromium without a window, and a folder for pages. AUTODIFF_CHROMIUM may name it; else it is where Playwright or the
/// system puts it. Where there is none, the tests that ask for it are ignored, and say so.
/// </summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] s_places =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private static readonly string s_axe = new BundledAxeScriptProvider().GetScript();

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly ConcurrentDictionary<IPage, ConcurrentQueue<string>> _complaints = new();

    private Browser(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>Whether pages are looked at in all widths and themes together, by AUTODIFF_EVERY_LOOK.</summary>
    public static bool HasEveryLook => Environment.GetEnvironmentVariable("AUTODIFF_EVERY_LOOK") is { Length: > 0 };

    /// <summary>
    /// Widths and themes in which pages are looked at: each once, or all together, as <c>.ci/stress</c> does.
    /// </summary>
    public static object[][] Looks { get; } = HasEveryLook
        ? [[1280, false], [1280, true], [390, false], [390, true]]
        : [[1280, true], [390, false]];

    /// <summary>A folder that is deleted at the end.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("autodiff-pages").FullName;

    public static async Task<Browser> Open()
    {
        IPlaywright playwright;
        try
        {
            playwright = await Playwright.CreateAsync();
        }
        catch (Exception e) when (e is PlaywrightException or System.ComponentModel.Win32Exception)
        {
            Assert.Ignore($"Playwright does not run on this machine: {e.Message}");
            throw;
        }

        string? path = Environment.GetEnvironmentVariable("AUTODIFF_CHROMIUM") is { Length: > 0 } named
            ? named
            : s_places.Prepend(playwright.Chromium.ExecutablePath).FirstOrDefault(File.Exists);
        if (!File.Exists(path))
        {
            playwright.Dispose();
            Assert.Ignore("No Chromium here: install the package chromium, or run playwright.ps1 install chromium.");
        }

        // Surfaces are drawn by WebGL, here without a graphics card; pages are faster without it.
        string[] args = ["--no-sandbox", "--enable-unsafe-swiftshader", "--use-gl=angle", "--use-angle=swiftshader",
            "--disable-gpu-rasterization", "--disable-gpu-compositing"];
        return new(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = args }));
    }

    /// <summary>
    /// Opens a file. What goes wrong in the page is kept: errors, dialogs, and requests that leave the file system. The
    /// events come on other threads, where a failed assertion would be lost: <see cref="Close"/> tells it.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="hash">The place in it.</param>
    /// <param name="options">The window; 1280 by 900 where not given.</param>
    /// <param name="prepare">Done before the page is loaded.</param>
    public async Task<IPage> Page(
        string path, string hash = "", BrowserNewContextOptions? options = null, Func<IPage, Task>? prepare = null)
    {
        IBrowserContext context = await _browser.NewContextAsync(options ?? Window(1280));
        IPage page = await context.NewPageAsync();
        ConcurrentQueue<string> complaints = _complaints[page] = new();
        page.PageError += (_, error) => complaints.Enqueue(error);
        page.Dialog += async (_, dialog) =>
        {
            complaints.Enqueue($"a script opened a dialog: {dialog.Message}");
            await dialog.DismissAsync();
        };
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                complaints.Enqueue($"on the console: {message.Text}");
            }
        };
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("file:", StringComparison.Ordinal)
                && !request.Url.StartsWith("data:", StringComparison.Ordinal)
                && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
            {
                complaints.Enqueue($"a request left the file system: {request.Url}");
            }
        };
        if (prepare is not null)
        {
            await prepare(page);
        }

        await page.GotoAsync($"file://{path}{hash}");
        return page;
    }

    /// <summary>A page's text as a file, opened.</summary>
    public async Task<IPage> Show(
        string html, string hash = "", BrowserNewContextOptions? options = null, Func<IPage, Task>? prepare = null)
    {
        string path = Path.Combine(Folder, $"{Guid.NewGuid():N}.html");
        await File.WriteAllTextAsync(path, html);
        return await Page(path, hash, options, prepare);
    }

    /// <summary>Ends a page and fails if anything went wrong in it.</summary>
    public async Task Close(IPage page)
    {
        await IsSilent(page, () => page.Context.CloseAsync());
    }

    /// <summary>Fails if anything has gone wrong so far in a page that tests share.</summary>
    public Task IsSilent(IPage page) => IsSilent(page, () => Task.CompletedTask);

    private async Task IsSilent(IPage page, Func<Task> end)
    {
        // What the page still had to say has arrived when it answers.
        await page.EvaluateAsync("1");
        await end();
        Assert.That(_complaints[page], Is.Empty);
    }

    public static BrowserNewContextOptions Window(int width, bool isDark = false, bool hasScripts = true) => new()
    {
        ViewportSize = new() { Width = width, Height = 900 },
        ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
        JavaScriptEnabled = hasScripts,
    };

    /// <summary>No critical or serious violation by axe.</summary>
    public static async Task IsAccessible(IPage page) => Assert.That(await Violations(page), Is.Empty);

    /// <summary>Critical and serious violations by axe: each rule, and the first element that breaks it.</summary>
    public static async Task<string[]> Violations(IPage page)
    {
        // In the page itself, which has no frames: gathering what frames say opens another page for each look, and
        // takes more than half of the time.
        if (!await page.EvaluateAsync<bool>("'axe' in window"))
        {
            await page.EvaluateAsync(s_axe);
        }

        // Of what is right, axe would else collect every element.
        return await page.EvaluateAsync<string[]>("""
            async () => (await axe.run({ resultTypes: ['violations'] })).violations
              .filter(violation => ['critical', 'serious'].includes(violation.impact))
              .map(violation => `${violation.id}: ${violation.nodes[0].html}`)
            """);
    }

    /// <summary>Nothing is wider than the window.</summary>
    public static async Task Fits(IPage page)
    {
        int width = page.ViewportSize!.Width;
        string[] wide = await page.EvaluateAsync<string[]>("""
            width => document.documentElement.scrollWidth <= width ? [] :
              [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > width + 1)
                .slice(-5).map(e => `${e.tagName}.${e.className}: ${e.getBoundingClientRect().right}`)
            """, width);
        Assert.That(wide, Is.Empty);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.CloseAsync();
        _playwright.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
