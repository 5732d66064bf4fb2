namespace Labs.Shell;

/// <summary>One lab: a number, a title and a run that writes its page through a <see cref="LabContext"/>.</summary>
internal abstract class Lab
{
    /// <summary>The number by which the command line names the lab, from 1.</summary>
    public abstract int Number { get; }

    /// <summary>The title of the lab's page.</summary>
    public abstract string Title { get; }

    /// <summary>One or two sentences (Markdown) for the index and the top of the page.</summary>
    public abstract string Summary { get; }

    /// <summary>Runs the lab from its first part to its last exercise.</summary>
    public abstract void Run(LabContext lab);
}
