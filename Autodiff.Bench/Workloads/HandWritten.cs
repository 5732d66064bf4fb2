using System.Runtime.CompilerServices;

namespace Autodiff.Bench.Workloads;

/// <summary>Steps as one writes them who differentiates by hand: plain loops over arrays, no library.</summary>
internal static class HandWritten
{
    /// <summary>Gradient descent on x², at a learning rate of 1.</summary>
    public sealed class XSquared
    {
        private readonly float[] _x = [3];
        private readonly float _rate = 1;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public float Step()
        {
            float x = _x[0];
            float gradient = 2 * x;
            _x[0] = x - (_rate * gradient);
            return x * x;
        }
    }

    /// <summary>A line through points: the mean squared error's gradient by its formula.</summary>
    public sealed class LinearRegression(float[] x, float[] y)
    {
        private float _weight = 0.5f, _bias;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public float Step()
        {
            float loss = 0, weightGradient = 0, biasGradient = 0;
            for (int i = 0; i < x.Length; i++)
            {
                float error = (x[i] * _weight) + _bias - y[i];
                loss += error * error;
                weightGradient += error * x[i];
                biasGradient += error;
            }

            float scale = 2f / x.Length;
            _weight -= 0.1f * scale * weightGradient;
            _bias -= 0.1f * scale * biasGradient;
            return loss / x.Length;
        }
    }
}
