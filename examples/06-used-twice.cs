#:project ../Autodiff.Core
#:property PublishAot=false

// Where a value is used more than once, its gradients add. What happens if one forgets that, or wants it otherwise.
using Autodiff;

Tensor x = Tensor.Scalar(3.0).RequireGrad();
x.Name = "x";
Tape tape = Tape.Record(() => x * x + x);         // dy/dx = 2x + 1
foreach (BackwardVisit visit in tape.Visits)
{
    foreach (SentGradient sent in visit.Sent.Where(sent => ReferenceEquals(visit.Node.Input(sent.Operand), tape[0])))
    {
        string sign = sent.Before is null ? " =" : "+=";
        Console.WriteLine(
            $"{visit.Node.Name} operand {sent.Operand}: x̄ {sign} {sent.Value.Item()}, which makes {sent.Sum.Item()}");
    }
}

double added = tape.GradientOf(x)!.Item();
double overwritten = tape.Visits.Last(visit => visit.Sent.Count > 0).Sent[^1].Value.Item();
Console.WriteLine($"added {added}; if the last one overwrote the others, {overwritten}");

(x * x + x).Backward();
(x * x + x).Backward();
double forgotten = x.Grad!.Item();                // a leaf's Grad is added to by every Backward
Console.WriteLine($"two passes without setting Grad to null between them: {forgotten}");

x.Grad = null;
(x * x.Detach() + x).Backward();                  // the second factor counts as a constant
double detached = x.Grad!.Item();
Console.WriteLine($"one factor detached: {detached}");
return (added, overwritten, forgotten, detached) == (7, 3, 14, 4) ? 0 : 1;
