namespace Labs.Report;

/// <summary>Where the labs come from, as their notebooks say it.</summary>
internal static class Courses
{
    private const string Introduction = "https://pytorch.org/tutorials/beginner/introyt/trainingyt.html";

    private const string FromScratch = "https://colab.research.google.com/github/AyyappaSwamyPanthadi/"
        + "JovianDLwithPyTorch/blob/main/02_linear_regression.ipynb";

    /// <summary>
    /// The notebook's title, its course and its authors (Markdown), by the lab's number; empty if unknown.
    /// </summary>
    public static string Of(int lab) => lab switch
    {
        1 =>
            """
            After the notebook *TP1: Optimization of Machine Learning Problems* by Raphael Cousin, day 1 of the
            winter school [AI for Sciences](https://github.com/racousin/ai_for_sciences).
            """,
        2 =>
            $"""
            After *Notebook 5 - Optimization and neural networks*, which names neither its course nor its author; it
            points to [PyTorch's introduction to training]({Introduction}).
            """,
        3 =>
            """
            After *Tutorial 4: Logistic Regression and Optimization* of the course
            [Deep Learning & Applied AI](https://github.com/erodola/DLAI-s2-2025/), based on material by Luca
            Moschella, Antonio Norelli and Marco Fumero.
            """,
        4 =>
            $"""
            After the notebook *Session 1: Training a Neural Network*, which is itself adapted from
            [this tutorial]({FromScratch}).
            """,
        5 => "After the lab sheet *From optimization to auto-differentiation*, which names neither course nor author.",
        _ => "",
    };
}
