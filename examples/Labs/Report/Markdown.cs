using Markdig;
using Markdig.Extensions.CustomContainers;
using Markdig.Extensions.Mathematics;
using Markdig.Parsers;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;

namespace Labs.Report;

/// <summary>
/// The labs' Markdown as HTML, by Markdig: CommonMark without raw HTML, with <c>$inline formulas$</c>,
/// <c>$$displayed ones$$</c> as MathML, and tables, and boxes between lines <c>:::note</c>, <c>:::exercise</c> or
/// <c>:::question Why?</c> and <c>:::</c>.
/// </summary>
internal static class Markdown
{
    private static readonly MarkdownPipeline s_blocks = Pipeline(builder =>
        builder.BlockParsers.InsertBefore<ParagraphBlockParser>(new MarkParser()));

    /// <summary>Without blocks: a title may begin with a number, a cell with a minus.</summary>
    private static readonly MarkdownPipeline s_inline = Pipeline(builder =>
    {
        builder.BlockParsers.Clear();
        builder.BlockParsers.Add(new ParagraphBlockParser { ParseSetextHeadings = false });
    });

    /// <summary>Whole blocks, parted by empty lines.</summary>
    public static string ToHtml(string text) => ToHtml(Parse(text), Unplaced);

    /// <summary>One line's content, without a block around it.</summary>
    public static string Inline(string text) =>
        ToHtml(Markdig.Markdown.Parse(text, s_inline), Unplaced, isInline: true);

    /// <summary>The blocks of a text.</summary>
    public static MarkdownDocument Parse(string text) => Markdig.Markdown.Parse(text, s_blocks);

    /// <summary>One block, with <paramref name="part"/> in the place of each mark.</summary>
    public static string ToHtml(MarkdownObject block, Func<MarkBlock, string> part) =>
        ToHtml(block, part, isInline: false);

    private static string ToHtml(MarkdownObject block, Func<MarkBlock, string> part, bool isInline)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var renderer = new HtmlRenderer(writer) { ImplicitParagraph = isInline };
        s_blocks.Setup(renderer);
        renderer.ObjectRenderers.Replace<HtmlMathInlineRenderer>(new InlineFormulas());
        renderer.ObjectRenderers.Replace<HtmlMathBlockRenderer>(new DisplayedFormulas());
        renderer.ObjectRenderers.Replace<HtmlCustomContainerRenderer>(new Boxes());
        renderer.ObjectRenderers.Add(new Parts(part));
        renderer.Render(block);
        return writer.ToString().TrimEnd('\n');
    }

    private static MarkdownPipeline Pipeline(Action<MarkdownPipelineBuilder> change)
    {
        var builder = new MarkdownPipelineBuilder().DisableHtml().UseMathematics().UseCustomContainers()
            .UsePipeTables();
        change(builder);
        return builder.Build();
    }

    private static string Unplaced(MarkBlock mark) => throw new FormatException($"{mark} stands where no part can go.");

    private sealed class InlineFormulas : HtmlObjectRenderer<MathInline>
    {
        protected override void Write(HtmlRenderer renderer, MathInline formula) =>
            renderer.Write(TexMath.ToMathML(formula.Content.ToString(), display: formula.DelimiterCount > 1));
    }

    private sealed class DisplayedFormulas : HtmlObjectRenderer<MathBlock>
    {
        protected override void Write(HtmlRenderer renderer, MathBlock formula) =>
            renderer.EnsureLine().WriteLine(TexMath.ToMathML(formula.Lines.ToString(), display: true));
    }

    private sealed class Boxes : HtmlObjectRenderer<CustomContainer>
    {
        protected override void Write(HtmlRenderer renderer, CustomContainer box)
        {
            bool isQuestion = box.Info == "question";
            renderer.EnsureLine().Write(box.Info switch
            {
                "note" or "exercise" => $"<aside class=\"{box.Info}\">",
                "question" => $"<details class=\"question\"><summary>{Inline(box.Arguments ?? "")}</summary>",
                _ => throw new FormatException(
                    $"Line {box.Line + 1}: there is no box '{box.Info}'; there are note, exercise and question."),
            });
            renderer.WriteChildren(box);
            renderer.EnsureLine().WriteLine(isQuestion ? "</details>" : "</aside>");
        }
    }

    private sealed class Parts(Func<MarkBlock, string> part) : HtmlObjectRenderer<MarkBlock>
    {
        protected override void Write(HtmlRenderer renderer, MarkBlock mark) =>
            renderer.EnsureLine().WriteLine(part(mark));
    }
}
