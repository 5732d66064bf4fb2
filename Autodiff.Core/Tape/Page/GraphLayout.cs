namespace Autodiff;

/// <summary>
/// Places boxes in columns by depth and in rows with few crossings: the layered drawing of Sugiyama, Tagawa and Toda
/// (1981), with the barycentre rule for the order inside columns.
/// </summary>
internal static class GraphLayout
{
    public static void Place(List<Box> boxes, List<Line> lines)
    {
        if (boxes.Count == 0)
        {
            return;
        }

        FindColumns(boxes, lines);
        List<List<Spot>> columns =
            [.. Enumerable.Range(0, boxes.Max(static box => box.Column) + 1).Select(static _ => new List<Spot>())];
        Dictionary<Box, Spot> spots = [];
        foreach (Box box in boxes)
        {
            columns[box.Column].Add(spots[box] = new());
        }

        Dictionary<Line, List<Spot>> ways = new(ReferenceEqualityComparer.Instance);
        foreach (Line line in lines)
        {
            Spot before = spots[line.From];
            List<Spot> way = ways[line] = [];
            for (int column = line.From.Column + 1; column < line.To.Column; column++)
            {
                Spot between = new();
                columns[column].Add(between);
                way.Add(between);
                Join(before, between, 0);
                before = between;
            }

            Join(before, spots[line.To], ((line.Operand + 1.0) / (line.To.Inputs.Count + 1)) - 0.5);
        }

        Order(columns);
        foreach (Box box in boxes)
        {
            box.Row = spots[box].Row;
        }

        foreach (Line line in lines)
        {
            line.Rows.AddRange(ways[line].Select(static spot => spot.Row));
        }
    }

    /// <summary>
    /// An operation stands behind the last of its operands, a leaf or constant just before the first that takes it.
    /// </summary>
    private static void FindColumns(List<Box> boxes, List<Line> lines)
    {
        foreach (Box box in boxes) // in the order of recording: operands come first
        {
            box.Column = box.Inputs.Select(static input => input is null ? 0 : input.Column + 1).DefaultIfEmpty(0)
                .Max();
        }

        foreach (IGrouping<Box, Line> taken in lines.GroupBy(static line => line.From))
        {
            if (taken.Key.Kind != BoxKind.Operation)
            {
                taken.Key.Column = taken.Min(static line => line.To.Column) - 1;
            }
        }
    }

    private static void Order(List<List<Spot>> columns)
    {
        for (int sweep = 0; sweep < 8; sweep++)
        {
            bool isForward = sweep % 2 == 0;
            foreach (List<Spot> column in isForward ? columns : Enumerable.Reverse(columns))
            {
                Number(columns);
                List<Spot> ordered =
                    [.. column.OrderBy(spot => Middle(isForward ? spot.Left : spot.Right) ?? spot.Row)];
                column.Clear();
                column.AddRange(ordered);
            }
        }

        Number(columns);
    }

    /// <summary>Rows around a common middle, so that a column of few stands beside the middle of one of many.</summary>
    private static void Number(List<List<Spot>> columns)
    {
        int most = columns.Max(static column => column.Count);
        foreach (List<Spot> column in columns)
        {
            for (int i = 0; i < column.Count; i++)
            {
                column[i].Row = i + ((most - column.Count) / 2.0);
            }
        }
    }

    private static double? Middle(List<(Spot Spot, double Port)> neighbours) =>
        neighbours.Count == 0 ? null : neighbours.Average(static neighbour => neighbour.Spot.Row + neighbour.Port);

    /// <param name="left">Where a line begins.</param>
    /// <param name="right">Where it ends.</param>
    /// <param name="port">How far from the middle it ends, in rows: operands arrive in their order.</param>
    private static void Join(Spot left, Spot right, double port)
    {
        left.Right.Add((right, port));
        right.Left.Add((left, 0));
    }

    private sealed class Spot
    {
        public List<(Spot Spot, double Port)> Left { get; } = [];

        public List<(Spot Spot, double Port)> Right { get; } = [];

        public double Row { get; set; }
    }
}
