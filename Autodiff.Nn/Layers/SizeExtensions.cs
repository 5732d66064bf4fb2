namespace Autodiff.Nn;

/// <summary>Settings along one to three dimensions as lists.</summary>
internal static class SizeExtensions
{
    public static int[] Listed<TSize>(this TSize size) where TSize : struct => size switch
    {
        int length => [length],
        Size2D image => [image.Height, image.Width],
        Size3D volume => [volume.Depth, volume.Height, volume.Width],
        _ => throw new ArgumentException($"{typeof(TSize)} is no size.", nameof(size)),
    };

    public static int[]? Listed<TSize>(this TSize? size) where TSize : struct => size?.Listed();
}
