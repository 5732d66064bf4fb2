namespace Autodiff.Cpu;

/// <summary>
/// What a recurrent layer does with a row of a step, by the loops of its formulas. Addresses in, addresses out; the
/// steps, and the product of state and W_hh, are <see cref="RecurrentLoop{TCell}"/>'s.
/// </summary>
/// <typeparam name="TSelf">The cell.</typeparam>
internal unsafe interface IRecurrentCell<TSelf> where TSelf : struct, IRecurrentCell<TSelf>
{
    /// <summary>What the tape calls the layer.</summary>
    static abstract string Name { get; }

    /// <summary>What its gradients are, in words.</summary>
    static abstract string Rule { get; }

    /// <summary>Rows of W_hh for each unit.</summary>
    static abstract int Gates { get; }

    /// <summary>Numbers of each unit that a row keeps for the gradients, from the product's columns on.</summary>
    static abstract int Kept { get; }

    /// <summary>Whether it has a state c beside h.</summary>
    static abstract bool HasCell { get; }

    /// <summary>
    /// Whether the product with the state, which then has a bias, goes another way than the input's; its gradients are
    /// then others, and part of the gradient of h goes around it.
    /// </summary>
    static abstract bool ProductsApart { get; }

    /// <summary>The cell with its loops for a type.</summary>
    static abstract TSelf Of(DType type);

    /// <summary>A row of a step, whose product with the state is in <see cref="RecurrentRow{T}.Kept"/>.</summary>
    void Forward<T>(nint h, in RecurrentRow<T> row) where T : unmanaged;

    /// <summary>The gradients of a row; intermediate ones may alias later ones.</summary>
    void Backward<T>(nint h, in RecurrentRow<T> row, in RecurrentSlopes<T> slopes) where T : unmanaged;
}

/// <summary>A row of a step.</summary>
internal unsafe ref struct RecurrentRow<T> where T : unmanaged
{
    /// <summary>The input's products, in the forward pass.</summary>
    public T* Products;

    /// <summary>What is kept.</summary>
    public T* Kept;

    /// <summary>h and c before the step.</summary>
    public T* HiddenBefore, CellBefore;

    /// <summary>h and c after it.</summary>
    public T* Hidden, Cell;
}

/// <summary>The gradients of a row.</summary>
internal unsafe ref struct RecurrentSlopes<T> where T : unmanaged
{
    /// <summary>By h of the row, from outside.</summary>
    public T* Output;

    /// <summary>By h and c after the step, and then before it, but for what goes through W_hh.</summary>
    public T* Hidden, Cell;

    /// <summary>By the input's products, and by the product with the state; the same memory where these are
    /// added.</summary>
    public T* Products, Fed;
}
