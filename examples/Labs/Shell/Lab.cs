using Labs.Report;

namespace Labs.Shell;

/// <summary>One lab: a number, a title and a run that writes its page through a <see cref="LabContext"/>.</summary>
internal abstract class Lab
{
    /// <summary>The number by which the command line names the lab, from 1.</summary>
    public abstract int Number { get; }

    /// <summary>The title of the lab's page.</summary>
    public virtual string Title => Prose.Title;

    /// <summary>One or two sentences (Markdown) for the index and the top of the page.</summary>
    public virtual string Summary => Prose.Summary;

    /// <summary>The lab's text, from the Markdown files of its folder.</summary>
    public LabText Prose => field ??= LabText.ReadEmbedded($"Lab{Number}");

    /// <summary>Runs the lab from its first part to its last exercise.</summary>
    public abstract void Run(LabContext lab);
}
