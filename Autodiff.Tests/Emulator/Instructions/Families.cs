using System.Numerics;

namespace Autodiff.Tests.Emulator.Instructions;

// Functions that are written once for all types of a family: T is a type argument of the method, so one struct serves
// every type.

/// <summary>One operand of any number type.</summary>
internal interface INumberFunction1
{
    static abstract T Apply<T>(T a) where T : unmanaged, INumber<T>;
}

/// <summary>Two operands of any number type.</summary>
internal interface INumberFunction2
{
    static abstract T Apply<T>(T a, T b) where T : unmanaged, INumber<T>;
}

/// <summary>One operand of any integer type.</summary>
internal interface IIntegerFunction1
{
    static abstract T Apply<T>(T a) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

/// <summary>Two operands of any integer type.</summary>
internal interface IIntegerFunction2
{
    static abstract T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

/// <summary>Three operands of any integer type.</summary>
internal interface IIntegerFunction3
{
    static abstract T Apply<T>(T a, T b, T c) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

/// <summary>An integer of any type, and a number of bits.</summary>
internal interface IShift
{
    static abstract T Apply<T>(T a, uint b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

/// <summary>A count of bits in an integer of any type.</summary>
internal interface ICount
{
    static abstract uint Apply<T>(T a) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

/// <summary>One operand of a floating type.</summary>
internal interface IFloatFunction1
{
    static abstract T Apply<T>(T a) where T : unmanaged, IFloatingPointIeee754<T>;
}

/// <summary>Two operands of a floating type.</summary>
internal interface IFloatFunction2
{
    static abstract T Apply<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T>;
}

/// <summary>Three operands of a floating type.</summary>
internal interface IFloatFunction3
{
    static abstract T Apply<T>(T a, T b, T c) where T : unmanaged, IFloatingPointIeee754<T>;
}

/// <summary>A function of a family at one type.</summary>
internal readonly struct Number1<T, TF> : IUnary<T, T> where T : unmanaged, INumber<T> where TF : INumberFunction1
{
    public static T Apply(T a) => TF.Apply(a);
}

/// <inheritdoc cref="Number1{T, TF}"/>
internal readonly struct Number2<T, TF> : IBinary<T, T, T> where T : unmanaged, INumber<T> where TF : INumberFunction2
{
    public static T Apply(T a, T b) => TF.Apply(a, b);
}

/// <inheritdoc cref="Number1{T, TF}"/>
internal readonly struct Integer1<T, TF> : IUnary<T, T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> where TF : IIntegerFunction1
{
    public static T Apply(T a) => TF.Apply(a);
}

/// <inheritdoc cref="Number1{T, TF}"/>
internal readonly struct Integer2<T, TF> : IBinary<T, T, T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> where TF : IIntegerFunction2
{
    public static T Apply(T a, T b) => TF.Apply(a, b);
}

/// <inheritdoc cref="Number1{T, TF}"/>
internal readonly struct Integer3<T, TF> : ITernary<T, T, T, T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> where TF : IIntegerFunction3
{
    public static T Apply(T a, T b, T c) => TF.Apply(a, b, c);
}

/// <inheritdoc cref="Number1{T, TF}"/>
internal readonly struct Shift<T, TF> : IBinary<T, uint, T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> where TF : IShift
{
    public static T Apply(T a, uint b) => TF.Apply(a, b);
}

/// <inheritdoc cref="Number1{T, TF}"/>
internal readonly struct Count<T, TF> : IUnary<T, uint>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> where TF : ICount
{
    public static uint Apply(T a) => TF.Apply(a);
}

/// <inheritdoc cref="Number1{T, TF}"/>
internal readonly struct Float1<T, TF> : IUnary<T, T>
    where T : unmanaged, IFloatingPointIeee754<T> where TF : IFloatFunction1
{
    public static T Apply(T a) => TF.Apply(a);
}

/// <inheritdoc cref="Number1{T, TF}"/>
internal readonly struct Float2<T, TF> : IBinary<T, T, T>
    where T : unmanaged, IFloatingPointIeee754<T> where TF : IFloatFunction2
{
    public static T Apply(T a, T b) => TF.Apply(a, b);
}

/// <inheritdoc cref="Number1{T, TF}"/>
internal readonly struct Float3<T, TF> : ITernary<T, T, T, T>
    where T : unmanaged, IFloatingPointIeee754<T> where TF : IFloatFunction3
{
    public static T Apply(T a, T b, T c) => TF.Apply(a, b, c);
}
