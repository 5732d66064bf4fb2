namespace Labs.Reference;

/// <summary>Which of a text's marks <c>{{rows ...}}</c> shows a row.</summary>
internal static class RowMarks
{
    /// <summary>
    /// The mark <c>cell: beginning of what</c> that names the row most closely, or else the mark of its cell; null
    /// where no mark shows it.
    /// </summary>
    public static string? Of(ReferenceRow row, IEnumerable<string> marks) => marks
        .Where(mark => mark == row.Cell || (mark.StartsWith($"{row.Cell}: ", StringComparison.Ordinal)
            && row.What.StartsWith(mark[(row.Cell.Length + 2)..], StringComparison.Ordinal)))
        .MaxBy(mark => mark.Length);
}
