using Autodiff.Nn;

namespace Autodiff.Tests.StepThrough;

/// <summary>What a recorded tape keeps.</summary>
public class TapeRecordTests
{
    private static IEnumerable<TestCaseData> AllPresets() =>
        from preset in Presets.All select new TestCaseData(preset.Make).SetArgDisplayNames(preset.Name);

    private static double[] Numbers(Tensor? x) => x!.ToArray<double>();

    [TestCaseSource(nameof(AllPresets))]
    public void A_record_has_the_values_and_gradients_of_the_run_itself(Func<Func<Tensor>> make)
    {
        Func<Tensor> function = make();
        Tape tape = Tape.Record(function);
        LeafNode[] leaves = [.. tape.OfType<LeafNode>()];
        Assert.That(leaves.Select(leaf => leaf.Tensor.Grad), Is.All.Null,
            "the leaves' own gradients stay as they were");
        Tensor loss = function();
        loss.Backward();
        Assert.That(Numbers(tape.ValueOf(tape[^1])), Is.EqualTo(Numbers(loss)));
        foreach (LeafNode leaf in leaves)
        {
            Assert.That(Numbers(tape.GradientOf(leaf.Tensor)), Is.EqualTo(Numbers(leaf.Tensor.Grad)), leaf.ToString());
        }

        Assert.That(tape.IsRecorded);
        Assert.That(tape.Select(tape.ValueOf), Has.None.Null);
        Assert.That(tape.Visits.Select(visit => visit.Node), Is.EquivalentTo(tape));

        // The preset's last call may have become a jump, which leaves no trace of the preset.
        string?[] sites = [.. tape.Where(node => node.InputCount > 0).Select(node => node.CallSite)];
        Assert.That(sites, Is.All.Contains("Presets.cs:line").Or.Contains("TapeRecordTests.cs:line"));
        Assert.That(sites[0], Does.Contain(sites.Length == 1 ? ".cs:line" : "Presets.cs:line"));
    }

    [TestCaseSource(nameof(AllPresets))]
    public void A_gradient_is_the_sum_of_what_was_sent(Func<Func<Tensor>> make)
    {
        Tape tape = Tape.Record(make());
        Dictionary<Node, double[]> received = new() { [tape[^1]] = [1] };
        foreach (BackwardVisit visit in tape.Visits)
        {
            Assert.That(Numbers(visit.Gradient), Is.EqualTo(received[visit.Node]), visit.Node.ToString());
            Assert.That(Numbers(tape.GradientOf(visit.Node)), Is.EqualTo(Numbers(visit.Gradient)));
            foreach (SentGradient sent in visit.Sent)
            {
                Node input = visit.Node.Input(sent.Operand)!;
                Assert.That(sent.Before is null, Is.EqualTo(!received.ContainsKey(input)));
                double[] before = received.GetValueOrDefault(input) ?? new double[sent.Value.ElementCount];
                Assert.That(Numbers(sent.Sum),
                    Is.EqualTo(before.Zip(Numbers(sent.Value), (a, b) => a + b)).Within(1e-15));
                received[input] = Numbers(sent.Sum);
            }
        }
    }

    /// <summary>The row vector g times the Jacobian that is never formed is what the rule gave.</summary>
    [TestCaseSource(nameof(AllPresets))]
    public void A_product_is_that_of_the_vector_and_the_Jacobian(Func<Func<Tensor>> make)
    {
        Tape tape = Tape.Record(make());
        int compared = 0;
        foreach (BackwardVisit visit in tape.Visits)
        {
            foreach (SentGradient sent in visit.Sent)
            {
                double[][] jacobian = tape.Recorder!.Jacobians[(visit.Node, sent.Operand)];
                double[] g = Numbers(visit.Gradient), product = Numbers(sent.Value);
                for (int column = 0; column < product.Length; column++)
                {
                    Assert.That(g.Select((value, row) => value * jacobian[row][column]).Sum(),
                        Is.EqualTo(product[column]).Within(1e-12), visit.Node.ToString());
                    compared++;
                }
            }
        }

        Assert.That(compared, Is.GreaterThan(3));
    }

    [TestCaseSource(nameof(AllPresets))]
    public void Finite_differences_agree(Func<Func<Tensor>> make)
    {
        Tape tape = Tape.Record(make());
        Assert.That(tape.Differences, Has.Count.EqualTo(tape.OfType<LeafNode>().Sum(leaf => leaf.Tensor.ElementCount)));
        Assert.That(tape.Differences.Select(each => each.Agrees), Is.All.True);
        Assert.That(tape.DifferencesNote, Is.Null);
    }

    [Test]
    public void A_wrong_rule_is_found_by_the_differences()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        Tape tape = Tape.Record(() => Autograd.Function(
            "Cube", [x], static inputs => inputs[0].Pow(3), static (g, inputs, _) => [g * inputs[0] * inputs[0] * 2])
                .Sum());
        Assert.That(tape.Differences.Select(each => each.Agrees), Is.All.False);
        Assert.That(tape.Differences[1].Quotient, Is.EqualTo(12).Within(1e-6));
    }

    [Test]
    public void Operands_without_gradient_say_why()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad(), data = Tensor.From(3.0, 4.0);
        Tape tape = Tape.Record(() =>
        {
            Tensor y = x.Exp(), scale;
            using (Tensor.NoGrad())
            {
                scale = y + 1;
            }

            return (y * data * y.Detach() * scale * x.Detach()[..]).Sum();
        });
        TapeOperand[] without = [.. tape.SelectMany(tape.OperandsOf).Where(operand => operand.Node is null)];
        Assert.That(without.Select(operand => operand.Reason), Is.EqualTo(new NoGradientReason?[]
        {
            NoGradientReason.Constant, NoGradientReason.Detached, NoGradientReason.NoGrad, NoGradientReason.Detached,
        }));
        Assert.That(Numbers(without[0].Value), Is.EqualTo(new[] { 3.0, 4.0 }));
        Assert.That(tape.SelectMany(tape.OperandsOf).Where(operand => operand.Node is not null)
            .Select(operand => operand.Reason), Is.All.Null);
    }

    private static IEnumerable<TestCaseData> FusedOperations()
    {
        Tensor row = Tensor.Linspace(-1, 2, 64, DType.Float64), weight = row.Clone().RequireGrad();
        yield return new TestCaseData(() => Functional.LayerNorm(row, [64], weight).Sum(), row)
            .SetArgDisplayNames("a norm");
        Tensor data = Tensor.From(new[,,] { { { 1.0, 2 }, { 3, -4 } } }), given = data.Unsqueeze(0);
        Tensor query = given.Clone().RequireGrad();
        yield return new TestCaseData(
            () => Functional.ScaledDotProductAttention(query, given, given).Sum(), given)
            .SetArgDisplayNames("attention");
        var layer = new LSTM(2, 2, type: DType.Float64);
        Tensor state = Tensor.Zeros([1, 2, 2], DType.Float64);
        yield return new TestCaseData(
            () => layer.Forward(data, (state, state)).Output.Sum(), state[0]).SetArgDisplayNames("recurrence");
    }

    /// <summary>An operation whose rule gives all gradients together shows its operands, too.</summary>
    [TestCaseSource(nameof(FusedOperations))]
    public void A_constant_operand_of_a_fused_operation_has_its_value(Func<Tensor> function, Tensor constant)
    {
        Tape tape = Tape.Record(function);
        TapeOperand[] without = [.. tape.SelectMany(tape.OperandsOf).Where(operand => operand.Node is null)];
        Assert.That(without, Is.Not.Empty);
        Assert.That(without.Select(operand => operand.Value), Has.None.Null);
        Assert.That(without.Select(operand => Numbers(operand.Value)), Has.Some.EqualTo(Numbers(constant)));
    }

    [Test]
    public void What_the_rules_keep_is_let_go_of_step_by_step()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        Tape tape = Tape.Record(() => x.Exp().Sin().Sum());
        Assert.That(tape.SavedBy(tape[1]).Select(saved => saved.Role), Is.EqualTo(new[] { "output" }));
        Assert.That(tape.SavedBy(tape[2]).Select(saved => saved.Role), Is.EqualTo(new[] { "input" }));
        Assert.That(tape.Select(node => node.SavedOperands.Count), Is.All.Zero, "Backward has used them");
        Assert.That(tape.Visits.Select(visit => visit.Released.Count), Is.EqualTo(new[] { 0, 1, 1, 0 }));
        // The exponential's result is what both rules read: 16 bytes, kept until the second has run.
        Assert.That(tape.Select(node => tape.Recorder!.Memory[node]),
            Is.EqualTo(new[] { (0L, 0L), (16L, 0L), (16L, 16L), (16L, 16L) }));
    }

    [Test]
    public void A_value_stays_what_it_was_when_it_is_changed_in_place_later()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        Tape tape = Tape.Record(() =>
        {
            Tensor y = x + 1;
            return y.MulInPlace(3).Sum();
        });
        Assert.That(Numbers(tape.ValueOf(tape[1])), Is.EqualTo(new[] { 2.0, 3.0 }));
        Assert.That(Numbers(tape.ValueOf(tape[2])), Is.EqualTo(new[] { 6.0, 9.0 }));
    }

    [Test]
    public void Random_numbers_are_drawn_as_if_the_function_had_run_once()
    {
        Tensor.ManualSeed(3);
        Tensor x = Tensor.Ones([8], DType.Float64).RequireGrad();
        Tape tape = Tape.Record(() => Functional.Dropout(x, 0.5).Sum());
        double[] next = Numbers(Tensor.Rand([4]));
        Tensor.ManualSeed(3);
        Functional.Dropout(x, 0.5);
        Assert.That(next, Is.EqualTo(Numbers(Tensor.Rand([4]))));
        Assert.That(tape.Differences.Select(each => each.Agrees), Is.All.True);
    }

    [Test]
    public void A_function_that_changes_gets_no_differences()
    {
        Tensor x = Tensor.Scalar(2.0).RequireGrad();
        int calls = 0;
        Tape tape = Tape.Record(() => x * ++calls);
        Assert.That(tape.Differences, Is.Empty);
        Assert.That(tape.DifferencesNote,
            Is.EqualTo("No finite differences: the function gave 2 the first time and 4 the second."));
        Assert.That(calls, Is.EqualTo(2));
    }

    [Test]
    public void Leaves_stay_as_they_are_for_other_graphs()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad(), other = x.Square().Sum();
        int version = x.Storage.Version;
        Tape.Record(() => x.Exp().Sum());
        Assert.That(x.Storage.Version, Is.EqualTo(version));
        Assert.That(Numbers(x), Is.EqualTo(new[] { 1.0, 2.0 }));
        Assert.DoesNotThrow(() => other.Backward());
    }

    [Test]
    public void A_vector_needs_an_upstream_gradient()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        Assert.That(() => Tape.Record(() => x * 2),
            Throws.InvalidOperationException.With.Message.Contains("root has shape [2]"));
        Tape tape = Tape.Record(() => x.Square(), Tensor.From(1.0, 10.0));
        Assert.That(Numbers(tape.GradientOf(x)), Is.EqualTo(new[] { 2.0, 40.0 }));
        Assert.That(tape.Differences.Select(each => each.Agrees), Is.All.True);
        Assert.That(() => Tape.Record(() => x.Detach()),
            Throws.InvalidOperationException.With.Message.Contains("does not require grad"));
    }

    [Test]
    public void A_backward_pass_inside_the_function_is_not_taken_for_the_recorded_one()
    {
        Tensor x = Tensor.Scalar(2.0).RequireGrad();
        Tape tape = Tape.Record(() => Autograd.Grad([x.Pow(3)], [x], createGraph: true)[0]!.Square());
        Assert.That(tape.Visits[0].Node, Is.SameAs(tape[^1]));
        Assert.That(Numbers(tape.GradientOf(x)), Is.EqualTo(new[] { 288.0 }).Within(1e-9)); // (9 x^4)' = 36 x^3
        Assert.That(tape.Differences.Single().Agrees);
    }

    [Test]
    public void Single_precision_is_checked_within_its_digits()
    {
        Tensor x = Tensor.From(0.3f, -1.2f, 40f).RequireGrad();
        Tape tape = Tape.Record(() => (x.Sigmoid() * x).Sum());
        Assert.That(tape.Differences.Select(each => each.Agrees), Is.All.True);
        Assert.That(x.ToArray<float>(), Is.EqualTo(new[] { 0.3f, -1.2f, 40f }));
    }

    [Test]
    public void Differences_stop_at_the_number_that_was_asked_for()
    {
        Tensor x = Tensor.Ones([100], DType.Float64).RequireGrad();
        Assert.That(Tape.Record(() => x.Sum()).Differences, Has.Count.EqualTo(64));
        Tape tape = Tape.Record(() => x.Sum(), checkedElements: 3);
        Assert.That(tape.Differences, Has.Count.EqualTo(3));
        Assert.That(tape.DifferencesNote, Does.Contain("first 3 elements"));
        Assert.That(Tape.Record(() => x.Sum(), checkedElements: 0).Differences, Is.Empty);
    }

    [Test]
    public void What_was_computed_before_is_on_the_tape_without_differences()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad(), before = x.Exp();
        Tape tape = Tape.Record(() => (before * before).Sum());
        Assert.That(Numbers(tape.GradientOf(x)), Is.EqualTo(new[] { 2 * Math.Exp(2), 2 * Math.Exp(4) }).Within(1e-12));
        Assert.That(Numbers(tape.ValueOf(tape[1])), Is.EqualTo(Numbers(before)));
        Assert.That(tape.Differences, Is.Empty);
        Assert.That(tape.DifferencesNote, Does.Contain("Exp [2] was computed before the function"));
        Assert.That(tape.ToHtml(), Does.Contain("No finite differences"));
    }

    [Test]
    public void A_leaf_made_inside_has_a_gradient_and_no_differences()
    {
        Tensor x = Tensor.Scalar(3.0).RequireGrad();
        Tape tape = Tape.Record(() => x * Tensor.Scalar(2.0).RequireGrad());
        Assert.That(
            tape.OfType<LeafNode>().Select(leaf => Numbers(tape.GradientOf(leaf))[0]),
            Is.EquivalentTo(new[] { 2.0, 3.0 }));
        Assert.That(
            tape.Differences.Select(each => (Numbers(tape.ValueOf(each.Leaf))[0], each.Agrees)),
            Is.EqualTo(new[] { (3.0, true) }));
    }
}

/// <summary>The same on either device.</summary>
[TestFixture("cpu")]
[TestFixture("cuda")]
public class TapeRecordDeviceTests(string device) : Cuda.DeviceFixture(device)
{
    [Test]
    public void A_layer_is_recorded_and_checked()
    {
        Tensor.ManualSeed(4);
        Linear layer = new(3, 2, type: DType.Float64);
        Tensor x = Tensor.Rand([4, 3], DType.Float64);
        Tape tape = Tape.Record(() => layer.Forward(x).Tanh().Square().Mean());
        layer.Forward(x).Tanh().Square().Mean().Backward();
        Assert.That(tape.GradientOf(layer.Weight)!.ToArray<double>(), Is.EqualTo(layer.Weight.Grad!.ToArray<double>()));
        Assert.That(tape.GradientOf(layer.Bias!)!.ToArray<double>(), Is.EqualTo(layer.Bias!.Grad!.ToArray<double>()));
        Assert.That(tape.Differences, Has.Count.EqualTo(8).And.All.Property(nameof(FiniteDifference.Agrees)).True);
        Assert.That(tape.ToHtml(), Does.Contain("weight"));
    }
}
