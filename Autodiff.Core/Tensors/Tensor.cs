using System.Diagnostics;
using Autodiff.Devices;

namespace Autodiff;

/// <summary>
/// An n-dimensional array of numbers that remembers how it was computed, so that <see cref="Autograd.Backward"/> can
/// find the gradient of a scalar with respect to every tensor that <see cref="RequiresGrad"/>.
/// </summary>
/// <remarks>
/// <para>A tensor is a handle: views (transpose, slices, reshape, expand) share the storage of the tensor they came
/// from. Memory is reclaimed by the garbage collector; <see cref="Dispose"/> is only a way to be early.</para>
/// <para>Thread safety: any number of threads may read a tensor. Changing one in place, and running Backward over
/// graphs that share nodes, must not happen at the same time as any other use. Different models on different threads
/// are independent; grad mode (<see cref="NoGrad"/>) goes with the code that set it (<see cref="GradMode"/>).</para>
/// </remarks>
[DebuggerDisplay("{DebuggerText,nq}")]
public sealed partial class Tensor : IDisposable
{
    private Storage? _memory;
    private Layout _layout;
    private long _offset;
    private readonly bool _isNumber;
    private readonly long _number; // itself, or the bits of a double
    private Node? _node;
    private object? _name; // a text, or what gives it

    private Tensor? _grad;
    private bool _gradIsUnseen; // Backward made its memory, and it was never exposed outside the engine
    private bool _retainsGrad; // though it was computed
    private LeafNode? _frozen; // the node of a leaf that requires no grad for now, which has its hooks

    private Tensor? _base; // what this is a view of; null for views taken under NoGrad, which the tape does not follow
    private Func<Tensor, Tensor>? _view; // takes any tensor of the base's shape to this part of it
    private int _recordedChanges;
    private bool _isLoose; // such a view
    private bool _isOfHistory; // such a view of a tensor that required grad then

    internal Tensor(Storage storage, Layout layout, DType type, long offset = 0)
        : this(layout, storage, type, offset) =>
        TensorView.RequireInside(storage, offset, layout, type);

    /// <summary>
    /// A handle whose place needs no check: its memory was made for it, or another handle has the same place.
    /// </summary>
    private Tensor(Layout layout, Storage storage, DType type, long offset)
    {
        _memory = storage;
        _layout = layout;
        _offset = offset;
        DType = type;
    }

    /// <summary>A plain number: an operand that never decides the element type. Most never need memory.</summary>
    private Tensor(double number, DType type)
    {
        _layout = Layout.Scalar;
        DType = type;
        _isNumber = true;
        _number = type.IsFloatingPoint() ? BitConverter.DoubleToInt64Bits(number) : (long)number;
    }

    /// <inheritdoc cref="Tensor(double, DType)"/>
    private Tensor(long number, DType type)
    {
        _layout = Layout.Scalar;
        DType = type;
        _isNumber = true;
        _number = type.IsFloatingPoint() ? BitConverter.DoubleToInt64Bits(number) : number;
    }

    /// <summary>The type of the elements.</summary>
    public DType DType { get; private set; }

    /// <summary>Where the elements are.</summary>
    public Device Device => _memory?.Device ?? Device.Cpu;

    /// <summary>The sizes of the dimensions.</summary>
    public Shape Shape => new(_layout.Dims);

    /// <summary>The number of dimensions; 0 for a single number.</summary>
    public int Rank => _layout.Rank;

    /// <summary>The number of elements (PyTorch's <c>numel()</c>).</summary>
    public long ElementCount => _layout.Count;

    /// <summary>The steps in elements between neighbours along each dimension (PyTorch's <c>stride()</c>).</summary>
    public ReadOnlySpan<long> Strides => _layout.Strides;

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous => _layout.IsContiguous;

    /// <summary>A name for messages and the tape; parameters of modules get theirs (<c>fc1.weight</c>).</summary>
    public string? Name
    {
        get => _name as string ?? (_name as ITensorName)?.Path;
        set => _name = value;
    }

    /// <summary>Lets the name be put together when it is asked for.</summary>
    internal void NameBy(ITensorName name) => _name = name;

    /// <summary>The size of dimension <paramref name="dim"/>; negative counts from the last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
    public int Size(int dim) => _layout.Dims[WrapDim(nameof(Size), dim)];

    internal Storage Storage => _storage;

    private Storage _storage => _memory ??= StoreNumber();

    internal Layout Layout => _layout;

    internal long Offset => _offset;

    internal BackendCalls Backend => Device.Calls;

    /// <summary>A plain number in a formula: it never decides the element type, only its category.</summary>
    internal bool IsNumber => _isNumber;

    internal TensorView View
    {
        get
        {
            if (_storage.IsReleased)
            {
                ThrowReleased();
            }

            return TensorView.OfTensor(_storage, _offset, _layout, DType);
        }
    }

    /// <summary>
    /// Gives the memory back now rather than when the collector finds it. Every view of the same storage goes with it;
    /// a later use of any of them throws <see cref="ObjectDisposedException"/> and never reads other data. An operation
    /// of another thread that works with the memory just then ends on it.
    /// </summary>
    public void Dispose() => _storage.Release();

    internal int WrapDim(string operation, int dim) => WrapDim(operation, dim, Rank);

    internal static int WrapDim(string operation, int dim, int rank)
    {
        int limit = Math.Max(rank, 1); // a scalar accepts dim 0 and -1, as in PyTorch
        return dim >= -limit && dim < limit
            ? dim < 0 ? dim + limit : dim
            : throw new ArgumentOutOfRangeException(nameof(dim), dim,
                $"{operation}: dim {dim} is out of range for a tensor of rank {rank}; valid are {-limit} to "
                    + $"{limit - 1}.");
    }

    internal static Tensor Empty(Layout layout, DType type, Device device, bool isOwn = false)
    {
        Layout contiguous = layout.AsContiguous();
        try
        {
            Storage memory = device.Calls.Allocate(contiguous.Count * type.SizeOf(), isOwn);
            Tensor made = new(contiguous, memory, type, 0);
            if (TapeRecorder.IsAnywhere)
            {
                TapeRecorder.Here?.KeepOrigin(made);
            }

            return made;
        }
        catch (OutOfMemoryException e)
        {
            throw new InsufficientMemoryException(
                $"No memory for a tensor of shape {contiguous.Shape} and type {type.DisplayName()}: {e.Message}", e);
        }
    }

    /// <summary>Another handle on the same elements, with no history.</summary>
    internal Tensor Alias() => new(_layout, _storage, DType, _offset) { _name = _name };

    /// <summary>A view of the same places in another order, or repeated.</summary>
    private Tensor AliasInside(Layout layout) => new(layout, _storage, DType, _offset);

    internal Tensor Alias(Layout layout, long offset) => new(_storage, layout, DType, offset);

    /// <summary>
    /// Lets this handle stand for other memory of the same layout: a compiled step's look at its inputs.
    /// </summary>
    internal void Rebase(in TensorView view) => (_memory, _offset) = (view.Storage, view.Offset);

    internal string Describe() => _name is null ? Shape.ToString() : $"{Name} {Shape}";

    private void ThrowReleased() => throw new ObjectDisposedException(Name ?? "tensor",
        $"The tensor {Describe()} of {DType.DisplayName()} was disposed (itself or a tensor that shares its storage); "
            + "its elements are gone.");

    private string DebuggerText =>
        $"{(Name is null ? "" : Name + " ")}{Shape} {DType.DisplayName()} "
            + $"{Device}{(RequiresGrad ? " requires grad" : "")}";
}
