namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>
/// How a type of memory becomes numbers and back: floats become integers toward zero, saturating, NaN as 0; wide
/// integers wrap; anything but 0 is true.
/// </summary>
/// <typeparam name="M">What lies in memory.</typeparam>
internal interface IElement<M> where M : unmanaged
{
    static abstract float ToSingle(M raw);

    static abstract double ToDouble(M raw);

    static abstract int ToInt32(M raw);

    static abstract long ToInt64(M raw);

    static abstract M Of(float value);

    static abstract M Of(double value);

    static abstract M Of(int value);

    static abstract M Of(long value);

    /// <summary>The lowest byte of a word, where the type has one byte.</summary>
    static virtual M FromByte(uint word) => default;

    /// <summary>The byte as a word, where the type has one byte.</summary>
    static virtual uint ToByte(M raw) => 0;
}

/// <summary>float32.</summary>
internal readonly struct SingleElement : IElement<float>
{
    public static float ToSingle(float raw) => raw;

    public static double ToDouble(float raw) => raw;

    public static int ToInt32(float raw) => Whole.ToInt32(raw);

    public static long ToInt64(float raw) => Whole.ToInt64(raw);

    public static float Of(float value) => value;

    public static float Of(double value) => (float)value;

    public static float Of(int value) => value;

    public static float Of(long value) => value;
}

/// <summary>float64.</summary>
internal readonly struct DoubleElement : IElement<double>
{
    public static float ToSingle(double raw) => (float)raw;

    public static double ToDouble(double raw) => raw;

    public static int ToInt32(double raw) => Whole.ToInt32(raw);

    public static long ToInt64(double raw) => Whole.ToInt64(raw);

    public static double Of(float value) => value;

    public static double Of(double value) => value;

    public static double Of(int value) => value;

    public static double Of(long value) => value;
}

/// <summary>int32.</summary>
internal readonly struct Int32Element : IElement<int>
{
    public static float ToSingle(int raw) => raw;

    public static double ToDouble(int raw) => raw;

    public static int ToInt32(int raw) => raw;

    public static long ToInt64(int raw) => raw;

    public static int Of(float value) => Whole.ToInt32(value);

    public static int Of(double value) => Whole.ToInt32(value);

    public static int Of(int value) => value;

    public static int Of(long value) => (int)value;
}

/// <summary>int64.</summary>
internal readonly struct Int64Element : IElement<long>
{
    public static float ToSingle(long raw) => raw;

    public static double ToDouble(long raw) => raw;

    public static int ToInt32(long raw) => (int)raw;

    public static long ToInt64(long raw) => raw;

    public static long Of(float value) => Whole.ToInt64(value);

    public static long Of(double value) => Whole.ToInt64(value);

    public static long Of(int value) => value;

    public static long Of(long value) => value;
}

/// <summary>bool: a byte that is 0 or 1.</summary>
internal readonly struct BoolElement : IElement<byte>
{
    public static float ToSingle(byte raw) => raw;

    public static double ToDouble(byte raw) => raw;

    public static int ToInt32(byte raw) => raw;

    public static long ToInt64(byte raw) => raw;

    public static byte Of(float value) => (byte)Whole.IsNotZero(value);

    public static byte Of(double value) => (byte)Whole.IsNotZero(value);

    public static byte Of(int value) => (byte)Whole.IsNotZero(value);

    public static byte Of(long value) => (byte)Whole.IsNotZero(value);

    public static byte FromByte(uint word) => (byte)word;

    public static uint ToByte(byte raw) => raw;
}
