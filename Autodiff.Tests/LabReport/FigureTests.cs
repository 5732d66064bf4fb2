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
    public void Every_slider_step_and_every_frame_belong_together_and_redraw()
    {
        var landscape = new Landscape("bowl", (x, y) => x * x + y * y, (-2, 2), (-2, 2), resolution: 5)
            .Path([2, 1, 0.5], [2, 1, 0.5], "long").Path([-1, 0], [-1, 0], "short");
        var json = Parse(landscape);
        string?[] frames = [.. json.GetProperty("frames").EnumerateArray()
            .Select(frame => frame.GetProperty("name").GetString())];
        var steps = json.GetProperty("layout").GetProperty("sliders")[0].GetProperty("steps").EnumerateArray()
            .ToArray();
        Assert.That(frames, Is.EqualTo(new[] { "0", "1", "2" }));
        Assert.That(steps.Select(step => step.GetProperty("args")[0][0].GetString()), Is.EqualTo(frames));
        Assert.That(
            steps.Select(step => step.GetProperty("args")[1].GetProperty("frame").GetProperty("redraw").GetBoolean()),
            Is.All.True, "three-dimensional traces move only on a redraw");
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
        var frame = json.GetProperty("frames")[1];
        Assert.That(Numbers(frame.GetProperty("traces")), Is.EqualTo(new double?[] { 2, 3, 4, 5 }));
        Assert.That(Numbers(frame.GetProperty("data")[0].GetProperty("x")), Is.EqualTo(new double?[] { 2, 1 }));
        Assert.That(Numbers(frame.GetProperty("data")[1].GetProperty("x")), Is.EqualTo(new double?[] { 1 }));
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
        Assert.That(
            json.GetProperty("frames").EnumerateArray()
                .Select(frame => frame.GetProperty("data")[0].GetProperty("x").GetArrayLength()),
            Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(Numbers(json.GetProperty("frames")[0].GetProperty("traces")), Is.EqualTo(new double?[] { 1 }));
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
        Assert.That(JsonDocument.Parse(shared.ToJson()).RootElement[0].GetArrayLength(), Is.EqualTo(20));
        Assert.That(first, Does.Contain("\"z\":{\"$shared\":0}"));
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
