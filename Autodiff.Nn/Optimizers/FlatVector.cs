using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Devices;

namespace Autodiff.Nn;

/// <summary>
/// Vectors that hold all parameters end to end, and the little linear algebra that LBFGS needs of them.
/// </summary>
internal static class FlatVector
{
    /// <summary>One tensor of each parameter (itself, its gradient) end to end; zeros where there is none.</summary>
    public static Tensor Gather(Tensor[] parameters, Func<Tensor, Tensor?> part)
    {
        Tensor flat = Tensor.Zeros([Sizes.Entries("LBFGS", parameters.Sum(p => p.ElementCount), parameters[0].DType)],
            parameters[0].DType, parameters[0].Device);
        long offset = 0;
        foreach (Tensor parameter in parameters)
        {
            if (part(parameter) is { } values)
            {
                flat.Backend.Copy(values.View, Piece(flat, offset, parameter));
            }

            offset += parameter.ElementCount;
        }

        return flat;
    }

    /// <summary>Each parameter gets its piece of the vector.</summary>
    public static void Scatter(Tensor flat, Tensor[] parameters)
    {
        long offset = 0;
        foreach (Tensor parameter in parameters)
        {
            flat.Backend.Copy(Piece(flat, offset, parameter), parameter.View);
            parameter.Storage.Touch();
            offset += parameter.ElementCount;
        }
    }

    /// <summary>Parameters += factor times their pieces of the vector.</summary>
    public static void AddTo(Tensor[] parameters, double factor, Tensor flat)
    {
        long offset = 0;
        foreach (Tensor parameter in parameters)
        {
            flat.Backend.Update<AddScaled>([factor],
                [new(parameter.View, Piece(flat, offset, parameter), default, default, default)]);
            parameter.Storage.Touch();
            offset += parameter.ElementCount;
        }
    }

    /// <summary>y += factor x.</summary>
    public static void Add(Tensor y, double factor, Tensor x)
    {
        y.Backend.Update<AddScaled>([factor], [new(y.View, x.View, default, default, default)]);
        y.Storage.Touch();
    }

    public static double Dot(Tensor a, Tensor b) => (a * b).Sum().Item();

    public static double LargestMagnitude(Tensor x) => x.ReduceRaw(Operations.Folds.MaxMagnitude, x.DType).Item();

    public static double SumOfMagnitudes(Tensor x) => x.ReduceRaw(Operations.Folds.SumOfMagnitudes, x.DType).Item();

    private static TensorView Piece(Tensor flat, long offset, Tensor like) =>
        new(flat.Storage, flat.Offset + offset, like.Layout.AsContiguous(), flat.DType);

    private readonly struct AddScaled : IUpdateRule
    {
        public static int StateCount => 0;

        public static int CoefficientCount => 1;

        [MethodImpl(AggressiveInlining)]
        public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
            where S : IReal<S> where K : struct, IOperands<S> =>
            w = S.FusedMultiplyAdd(g, k[0], w);
    }
}
