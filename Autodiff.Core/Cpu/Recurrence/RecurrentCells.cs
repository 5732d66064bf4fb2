using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff.Cpu;

/// <summary>An LSTM's: i, f, g, o and tanh(c) are kept.</summary>
internal readonly unsafe struct LstmCell : IRecurrentCell<LstmCell>
{
    private readonly RowLoop<Of1<Sigmoid>> _gate;
    private readonly RowLoop<Of1<Tanh>> _tanh;
    private readonly RowLoop<Of4<OpenState>> _state;
    private readonly RowLoop<Of2<Mul>> _times;
    private readonly RowLoop<Of2<Add>> _plus;
    private readonly RowLoop<Of3<GateSlope>> _gateSlope;
    private readonly RowLoop<Of3<TanhSlope>> _tanhSlope;
    private readonly RowLoop<Of4<StateSlope>> _stateSlope;

    private LstmCell(DType type) =>
        (_gate, _tanh, _state, _times, _plus, _gateSlope, _tanhSlope, _stateSlope) = (
            new(type), new(type), new(type), new(type), new(type), new(type), new(type), new(type));

    public static string Name => "LSTM";

    public static string Rule =>
        "step by step backwards: c̄ += h̄ σ(o) (1 - tanh(c)^2), ī = c̄ tanh(g) σ(i) (1 - σ(i)), "
            + "f̄ = c̄ c₋ σ(f) (1 - σ(f)), ḡ = c̄ σ(i) (1 - tanh(g)^2), ō = h̄ tanh(c) σ(o) (1 - σ(o)), c̄₋ = c̄ "
            + "σ(f), h̄₋ = (ī, f̄, ḡ, ō) @ w, w̄ = Σ (ī, f̄, ḡ, ō)ᵀ @ h₋";

    public static int Gates => 4;

    public static int Kept => 5;

    public static bool HasCell => true;

    public static bool ProductsApart => false;

    public static LstmCell Of(DType type) => new(type);

    public void Forward<T>(nint h, in RecurrentRow<T> row) where T : unmanaged
    {
        T* i = row.Kept, f = i + h, g = f + h, o = g + h, tanh = o + h;
        _gate.Run(2 * h, i, i);
        _tanh.Run(h, g, g);
        _gate.Run(h, o, o);
        _state.Run(h, row.Cell, f, row.CellBefore, i, g);
        _tanh.Run(h, tanh, row.Cell);
        _times.Run(h, row.Hidden, o, tanh);
    }

    public void Backward<T>(nint h, in RecurrentRow<T> row, in RecurrentSlopes<T> slopes) where T : unmanaged
    {
        T* i = row.Kept, f = i + h, g = f + h, o = g + h, tanh = o + h;
        T* dh = slopes.Hidden, dc = slopes.Cell, to = slopes.Products;
        _plus.Run(h, dh, dh, slopes.Output);
        _stateSlope.Run(h, dc, dc, dh, o, tanh);
        _gateSlope.Run(h, to, dc, g, i);
        _gateSlope.Run(h, to + h, dc, row.CellBefore, f);
        _tanhSlope.Run(h, to + (2 * h), dc, i, g);
        _gateSlope.Run(h, to + (3 * h), dh, tanh, o);
        _times.Run(h, dc, dc, f);
    }
}

/// <summary>A GRU's: r, z, the candidate's product with the state, and the candidate n are kept.</summary>
internal readonly unsafe struct GruCell : IRecurrentCell<GruCell>
{
    private readonly RowLoop<Of2<GateOfSum>> _gate;
    private readonly RowLoop<Of3<OpenTanh>> _candidate;
    private readonly RowLoop<Of3<OpenBlend>> _blend;
    private readonly RowLoop<Of2<Mul>> _times;
    private readonly RowLoop<Of2<Add>> _plus;
    private readonly RowLoop<Of3<GateSlope>> _gateSlope;
    private readonly RowLoop<Of3<CandidateSlope>> _candidateSlope;
    private readonly RowLoop<Of4<BlendSlope>> _blendSlope;

    private GruCell(DType type) =>
        (_gate, _candidate, _blend, _times, _plus, _gateSlope, _candidateSlope, _blendSlope) = (
            new(type), new(type), new(type), new(type), new(type), new(type), new(type), new(type));

    public static string Name => "GRU";

    public static string Rule =>
        "step by step backwards: z̄ = h̄ (h₋ - n) z (1 - z), n̄ = h̄ (1 - z) (1 - n^2), r̄ = n̄ p r (1 - r) with p the "
            + "candidate's part of h₋ @ wᵀ + b, h̄₋ = h̄ z + (r̄, z̄, n̄ r) @ w, w̄ = Σ (r̄, z̄, n̄ r)ᵀ @ h₋, "
            + "b̄ = Σ (r̄, z̄, n̄ r)";

    public static int Gates => 3;

    public static int Kept => 4;

    public static bool HasCell => false;

    public static bool ProductsApart => true;

    public static GruCell Of(DType type) => new(type);

    public void Forward<T>(nint h, in RecurrentRow<T> row) where T : unmanaged
    {
        T* r = row.Kept, z = r + h, fed = z + h, n = fed + h;
        _gate.Run(2 * h, r, row.Products, r);
        _candidate.Run(h, n, r, row.Products + (2 * h), fed);
        _blend.Run(h, row.Hidden, z, n, row.HiddenBefore);
    }

    public void Backward<T>(nint h, in RecurrentRow<T> row, in RecurrentSlopes<T> slopes) where T : unmanaged
    {
        T* r = row.Kept, z = r + h, fed = z + h, n = fed + h;
        T* dh = slopes.Hidden, to = slopes.Products, toFed = slopes.Fed, dn = to + (2 * h);
        _plus.Run(h, dh, dh, slopes.Output);
        _candidateSlope.Run(h, dn, dh, z, n);
        _gateSlope.Run(h, to, dn, fed, r);
        _blendSlope.Run(h, to + h, dh, n, row.HiddenBefore, z);
        Buffer.MemoryCopy(to, toFed, 2 * h * sizeof(T), 2 * h * sizeof(T));
        _times.Run(h, toFed + (2 * h), dn, r);
        _times.Run(h, dh, dh, z);
    }
}

/// <summary>A plain one's: a function of the sum of both products, whose rule reads its result alone.</summary>
/// <typeparam name="TOp">tanh or relu.</typeparam>
internal readonly unsafe struct PlainCell<TOp> : IRecurrentCell<PlainCell<TOp>> where TOp : unmanaged, IUnaryOp
{
    private readonly RowLoop<Of1<TOp>> _of;
    private readonly RowLoop<Of2<Add>> _plus;
    private readonly RowLoop<Of2<SlopeOfResult<TOp>>> _slope;

    private PlainCell(DType type) => (_of, _plus, _slope) = (new(type), new(type), new(type));

    public static string Name => "RNN";

    public static string Rule =>
        "step by step backwards: ā = h̄ f'(a) for h = f(a), h̄₋ = ā @ w, w̄ = Σ āᵀ @ h₋, with f' by the rule of f";

    public static int Gates => 1;

    public static int Kept => 1;

    public static bool HasCell => false;

    public static bool ProductsApart => false;

    public static PlainCell<TOp> Of(DType type) => new(type);

    public void Forward<T>(nint h, in RecurrentRow<T> row) where T : unmanaged => _of.Run(h, row.Hidden, row.Kept);

    public void Backward<T>(nint h, in RecurrentRow<T> row, in RecurrentSlopes<T> slopes) where T : unmanaged
    {
        _plus.Run(h, slopes.Hidden, slopes.Hidden, slopes.Output);
        _slope.Run(h, slopes.Products, slopes.Hidden, row.Hidden);
    }
}
