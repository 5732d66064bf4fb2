#:project ../Autodiff.Core
#:property PublishAot=false

// What repeats forward is summed backward, and what sums is repeated: the rules of shapes, each written out and
// checked.
using Autodiff;

Tensor.ManualSeed(0);
Tensor x = Tensor.Randn(
    [3, 2], DType.Float64), bias = Tensor.Randn([2], DType.Float64), w = Tensor.Randn([2, 4], DType.Float64);
bool passed = true;

Rule("a bias is repeated over the rows: its gradient is summed over them",
    b => x + b, bias, g => g.Sum(0));
Rule("a sum over the rows: its gradient is repeated over them",
    a => a.Sum(0), x, g => g.Expand(3, 2));
Rule("a mean over all: the gradient is repeated and divided by their number",
    a => a.Mean(), x, g => g.Expand(3, 2) / 6);
Rule("a slice: its gradient is put where it was taken, zeros elsewhere",
    a => a[1..], x, g => Tensor.Cat([Tensor.Zeros([1, 2], DType.Float64), g]));
Rule("rows taken by index, one of them twice: gradients are added where they came from",
    a => a[new[] { 0, 2, 0 }], x, g => Tensor.Stack([g[0] + g[2], Tensor.Zeros([2], DType.Float64), g[1]]));
Rule("a transpose: its gradient is transposed back",
    a => a.T, x, g => g.T);
Rule("a matrix product, left: the gradient times the right factor transposed",
    a => a.MatMul(w), x, g => g.MatMul(w.T));
Rule("a matrix product, right: the left factor transposed times the gradient",
    b => x.MatMul(b), w, g => x.T.MatMul(g));
Rule("a product of column and row: repeated, multiplied, summed",
    a => a * bias, x[.., ..1], g => (g * bias).Sum(1).Unsqueeze(1));
return passed ? 0 : 1;

// The rule takes the result's gradient g to the operand's. The tape's own is what it is compared with, and finite
// differences both.
void Rule(string words, Func<Tensor, Tensor> operation, Tensor operand, Func<Tensor, Tensor> rule)
{
    Tensor g = Tensor.RandnLike(operation(operand));
    bool isSame = Autograd.Vjp(operation, operand, g).Product.AllClose(rule(g));
    bool isTrue = Autograd.GradientCheck(operation, operand).Passed;
    passed &= isSame && isTrue;
    Console.WriteLine($"{(isSame && isTrue ? "holds" : "FAILS")}  {words}");
}
