using System.Runtime.InteropServices;
using System.Text.Json;
using Figures;
using Figures.Plotly;

namespace Autodiff.Tests.LabReport;

public sealed class FigureTests
{
    private static JsonElement Parse(Figure figure) => JsonDocument.Parse(figure.ToJsonText()).RootElement;

    private static double?[] Numbers(JsonElement array) =>
        [.. array.EnumerateArray()
            .Select(item => item.ValueKind == JsonValueKind.Null ? (double?)null : item.GetDouble())];

    [Test]
    public void Numbers_that_Json_cannot_hold_become_null()
    {
        var json = Parse(new Plot("p").Line([0, 1, 2, 3], [1.5, double.NaN, double.PositiveInfinity, -1e-7]));
        Assert.That(Numbers(json.GetProperty("data")[0].GetProperty("y")),
            Is.EqualTo(new double?[] { 1.5, null, null, -1e-7 }));
    }

    [Test]
    public void Text_cannot_end_the_script_it_stands_in() =>
        Assert.That(new Plot("</script><b>").ToJsonText(), Does.Not.Contain("</script>"));

    [Test]
    public void Log_axes_and_their_ranges_are_in_powers_of_ten()
    {
        var axis = Parse(new Plot("p") { LogY = true, YRange = (0.01, 100) }.Line([1], [1]))
            .GetProperty("layout").GetProperty("yaxis");
        Assert.That(axis.GetProperty("type").GetString(), Is.EqualTo("log"));
        Assert.That(Numbers(axis.GetProperty("range")), Is.EqualTo(new double?[] { -2, 2 }));
    }

    [Test]
    public void A_trace_of_unequal_lengths_names_them() =>
        Assert.That(
            () => new Plot("Loss").Line([1, 2], [1], "train"),
            Throws.ArgumentException.With.Message.StartsWith("Plot 'Loss': trace 'train' has 2 x and 1 y."));

    [Test]
    public void Paths_move_together_and_a_shorter_one_waits_at_its_end()
    {
        var motion = Parse(new Landscape("bowl", (x, y) => x * x + y * y, (-2, 2), (-2, 2), resolution: 5)
            .Path([2, 1, 0.5], [2, 1, 0.5], "long").Path([-1, 0], [-1, 0], "short")).GetProperty("motion");
        Assert.That(Numbers(motion.GetProperty("steps")), Is.EqualTo(new double?[] { 0, 1, 2 }));
        Assert.That(motion.GetProperty("word").GetString(), Is.EqualTo("step"));
        var parts = motion.GetProperty("parts").EnumerateArray().ToArray();
        Assert.That(parts.Select(part => part.GetProperty("trace").GetInt32()), Is.EqualTo(Enumerable.Range(2, 8)));
        Assert.That(Numbers(parts[4].GetProperty("x").GetProperty("grow")), Is.EqualTo(new double?[] { -1, 0 }));
        Assert.That(parts[6].GetProperty("z").GetProperty("count").GetInt32(), Is.EqualTo(2));
    }

    [Test]
    public void A_landscape_projects_its_path_onto_a_floor_below_its_lowest_valley()
    {
        var json = Parse(new Landscape("bowl", (x, y) => x * x + y * y, (-2, 2), (-2, 2), 5).Path([2, 1], [-2, -1]));
        var data = json.GetProperty("data");
        double floor = data[1].GetProperty("z")[0][0].GetDouble();
        var shadow = data[4];
        Assert.That(floor, Is.LessThan(0));
        Assert.That(Numbers(shadow.GetProperty("x")), Is.EqualTo(new double?[] { 2, 1 }));
        Assert.That(Numbers(shadow.GetProperty("y")), Is.EqualTo(new double?[] { -2, -1 }));
        Assert.That(Numbers(shadow.GetProperty("z")), Is.All.GreaterThan(floor).And.All.LessThan(0));
        Assert.That(
            json.GetProperty("layout").GetProperty("scene").GetProperty("zaxis").GetProperty("range")[0].GetDouble(),
            Is.LessThan(floor), "the floor would be clipped at the scene's bound");
        Assert.That(
            Numbers(json.GetProperty("layout").GetProperty("scene").GetProperty("zaxis").GetProperty("tickvals")),
            Is.EqualTo(new double?[] { 0, 2, 4, 6, 8 }), "no height is marked below the surface");
    }

    [Test]
    public void A_frame_replaces_the_moving_traces_only()
    {
        var json = Parse(new Landscape("bowl", (x, y) => x * x + y * y, (-2, 2), (-2, 2), 5)
            .Path([2, 1, 0], [0, 0, 0]));
        var parts = json.GetProperty("motion").GetProperty("parts").EnumerateArray().ToArray();
        Assert.That(parts.Select(part => part.GetProperty("trace").GetInt32()), Is.EqualTo(new[] { 2, 3, 4, 5 }));
        Assert.That(Numbers(parts[0].GetProperty("x").GetProperty("grow")), Is.EqualTo(new double?[] { 2, 1, 0 }));
        Assert.That(Numbers(parts[1].GetProperty("x").GetProperty("at")[0]), Is.EqualTo(new double?[] { 2, 1, 0 }));
    }

    [Test]
    public void Heights_on_a_grid_are_interpolated()
    {
        var plane = new Landscape("plane", [0, 1, 2], [0, 1], new double[,] { { 0, 1, 2 }, { 10, 11, 12 } });
        Assert.That(plane.HeightAt(0.5, 0.5), Is.EqualTo(5.5));
        Assert.That(plane.HeightAt(2, 1), Is.EqualTo(12));
        Assert.That(plane.HeightAt(2.1, 0), Is.NaN);
    }

    [Test]
    public void A_landscape_of_another_shape_than_its_axes_is_refused() =>
        Assert.That(
            () => new Landscape("plane", [0, 1], [0, 1, 2], new double[2, 3]),
            Throws.ArgumentException.With.Message.StartsWith(
                "Landscape 'plane': the grid is 2 by 3, but there are 3 y and 2 x."));

    [TestCase(1, new[] { 0 })]
    [TestCase(3, new[] { 0, 1, 2 })]
    public void Short_paths_keep_every_step(int count, int[] expected) =>
        Assert.That(FrameSteps.Sample(count), Is.EqualTo(expected));

    [Test]
    public void Long_paths_keep_their_ends_and_few_frames()
    {
        var sample = FrameSteps.Sample(20001);
        Assert.That(sample, Has.Count.EqualTo(FrameSteps.Maximum).And.Unique.And.Ordered);
        Assert.That((sample[0], sample[^1]), Is.EqualTo((0, 20000)));
    }

    [Test]
    public void An_animated_path_grows_to_its_whole_length()
    {
        var json = Parse(new Plot("p").Function(x => x * x, -1, 1).AnimatedPath([1, 0.5, 0.25], [1, 0.25, 0.0625])
            .Frames("step"));
        var part = json.GetProperty("motion").GetProperty("parts")[0];
        Assert.That(part.GetProperty("trace").GetInt32(), Is.EqualTo(1));
        Assert.That(Numbers(part.GetProperty("x").GetProperty("grow")), Is.EqualTo(new double?[] { 1, 0.5, 0.25 }));
    }

    [Test]
    public void A_line_that_bends_has_its_heights_at_each_frame_and_its_labels()
    {
        var motion = Parse(new Plot("p").AnimatedLine([0, 1], [[0, 1], [2, 3]]).Frames("epoch", ["a", "b"]))
            .GetProperty("motion");
        var heights = motion.GetProperty("parts")[0].GetProperty("y").GetProperty("each");
        Assert.That(Numbers(heights[0]), Is.EqualTo(new double?[] { 0, 1 }));
        Assert.That(Numbers(heights[1]), Is.EqualTo(new double?[] { 2, 3 }));
        Assert.That(motion.GetProperty("names").EnumerateArray().Select(name => name.GetString()),
            Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public void Long_lists_are_packed_where_that_is_shorter()
    {
        double[] thirds = [.. Enumerable.Range(0, 40).Select(i => i == 3 ? double.NaN : i / 3.0)];
        var shared = new SharedArrays();
        new Plot("p").Line([.. Enumerable.Range(0, 40).Select(i => (double)i)], thirds).ToJsonText(shared);
        var lists = JsonDocument.Parse(shared.ToJson()).RootElement;
        Assert.That(Numbers(lists[0]), Is.EqualTo(Enumerable.Range(0, 40)), "counts are shorter in decimal");
        byte[] bytes = Convert.FromBase64String(lists[1].GetProperty("f4").GetString()!);
        Assert.That(MemoryMarshal.Cast<byte, float>(bytes).ToArray(), Is.EqualTo(thirds.Select(x => (float)x)));
    }

    [Test]
    public void An_image_keeps_its_shades_and_its_gaps()
    {
        Grid grid = Grid.FromFunction(6, 5, (i, j) => i == j ? double.NaN : Math.Sin(3 * i + j));
        var shared = new SharedArrays();
        new Image("i", grid).ToJsonText(shared);
        var packed = JsonDocument.Parse(shared.ToJson()).RootElement[0];
        double from = packed.GetProperty("from").GetDouble(), step = packed.GetProperty("step").GetDouble();
        double[] read = [.. MemoryMarshal.Cast<byte, ushort>(
            Convert.FromBase64String(packed.GetProperty("u2").GetString()!)).ToArray()
            .Select(place => place == ushort.MaxValue ? double.NaN : from + place * step)];
        Assert.That(packed.GetProperty("columns").GetInt32(), Is.EqualTo(5));
        Assert.That(read, Is.EqualTo(grid.Values.Cast<double>()).Within(step));
    }

    /// <summary>By the definition of WCAG 2: lines and points need 3 to 1 against what they are drawn on.</summary>
    [Test]
    public void Colours_stand_out_from_light_pages_and_dark([Values("#ffffff", "#fbfbf9", "#1c2025")] string page)
    {
        string[] colours =
        [
            .. Enumerable.Range(0, 7).Select(Palette.Cycle), .. Enumerable.Range(0, 6).Select(LandscapePath.ColourOf),
        ];
        Assert.That(colours, Is.Unique);
        Assert.That(colours.Select(colour => Contrast(colour, page)), Is.All.GreaterThanOrEqualTo(3));

        static double Contrast(string one, string other)
        {
            double a = Luminance(one), b = Luminance(other);
            return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
        }

        static double Luminance(string colour)
        {
            double[] linear =
            [
                .. Enumerable.Range(0, 3).Select(i => Convert.ToInt32(colour.Substring(1 + 2 * i, 2), 16) / 255.0)
                    .Select(c => c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4)),
            ];
            return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
        }
    }

    [Test]
    public void Large_arrays_stand_once_on_a_page()
    {
        var shared = new SharedArrays();
        var landscape = new Landscape("bowl", (x, y) => x * x + y * y, (-2, 2), (-2, 2), resolution: 20);
        string first = landscape.ToJsonText(shared);
        int count = shared.Count;
        Assert.That(landscape.ToJsonText(shared), Is.EqualTo(first));
        Assert.That(shared.Count, Is.EqualTo(count));
        Assert.That(count, Is.LessThanOrEqualTo(4), "the axis of both directions, the heights, and the floor");
        Assert.That(first, Does.Contain("\"z\":{\"$shared\":1}"));
    }

    [Test]
    public void Digits_stand_in_rows_with_their_captions()
    {
        var digit = new float[4];
        digit[3] = 1;
        var json = Parse(new DigitGrid("d", [digit, digit, digit], ["a", "b", "c"], columns: 2, rows: 2));
        var mosaic = json.GetProperty("data")[0].GetProperty("z");
        var captions = json.GetProperty("layout").GetProperty("annotations").EnumerateArray().ToArray();
        Assert.That(mosaic.GetArrayLength(), Is.EqualTo(2 * (2 + 3 + 6)), "two rows of image, padding and caption");
        Assert.That(Numbers(mosaic[1])[..7], Is.EqualTo(new double?[] { 0, 1, null, null, null, 0, 1 }));
        Assert.That(captions.Select(caption => caption.GetProperty("text").GetString()),
            Is.EqualTo(new[] { "a", "b", "c" }));
    }

    [Test]
    public void Captions_must_match_the_images() =>
        Assert.That(
            () => new DigitGrid("d", [new float[784]], ["a", "b"]),
            Throws.ArgumentException.With.Message.StartsWith("DigitGrid 'd': 2 captions for 1 images."));

    [Test]
    public void A_signed_image_has_zero_in_the_middle_of_its_scale()
    {
        var trace = Parse(new Image("w", new double[,] { { -1, 0.5 } }) { Signed = true }).GetProperty("data")[0];
        Assert.That((trace.GetProperty("zmin").GetDouble(), trace.GetProperty("zmax").GetDouble()),
            Is.EqualTo((-1.0, 1.0)));
    }

    [Test]
    public void Variants_list_their_choices_in_order_of_arrival()
    {
        var variants = new Variants("v", "rate", "optimizer")
            .Add(new Plot("a"), "0.1", "SGD").Add(new Plot("b"), "0.01", "SGD").Add(new Plot("c"), "0.1", "Adam");
        var settings = Parse(variants).GetProperty("settings");
        Assert.That(settings[0].GetProperty("choices").EnumerateArray().Select(c => c.GetString()),
            Is.EqualTo(new[] { "0.1", "0.01" }));
        Assert.That(settings[1].GetProperty("choices").EnumerateArray().Select(c => c.GetString()),
            Is.EqualTo(new[] { "SGD", "Adam" }));
        Assert.That(() => variants.Add(new Plot("d"), "0.1"), Throws.ArgumentException);
    }
}
