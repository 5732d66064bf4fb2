using System.Globalization;
using Autodiff.Gpu.Driver;

namespace Autodiff;

/// <summary>The CUDA driver refused a call, or a kernel failed.</summary>
public sealed class CudaException : Exception
{
    /// <summary>An error without a driver's result.</summary>
    public CudaException()
    {
    }

    /// <summary>An error without a driver's result.</summary>
    /// <param name="message">What went wrong.</param>
    public CudaException(string message) : base(message)
    {
    }

    /// <summary>An error without a driver's result.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">Its cause.</param>
    public CudaException(string message, Exception innerException) : base(message, innerException)
    {
    }

    internal CudaException(ICudaDriver driver, CudaResult result, string call, string? detail = null)
        : base(Describe(driver, result, call, detail))
    {
        ErrorCode = (int)result;
        ErrorName = driver.GetErrorName(result);
        Call = call;
    }

    /// <summary>The driver's number (<c>CUresult</c>); 0 if the driver was not asked.</summary>
    public int ErrorCode { get; }

    /// <summary>The number's name in <c>cuda.h</c>, such as <c>CUDA_ERROR_ILLEGAL_ADDRESS</c>.</summary>
    public string ErrorName { get; } = "";

    /// <summary>The driver's function that gave it, such as <c>cuLaunchKernel</c>.</summary>
    public string Call { get; } = "";

    /// <summary>Errors of a kernel that ran wild: the driver answers every later call with the same one.</summary>
    internal static bool IsSticky(CudaResult result) => (int)result is 214 or 700 or 702 or 710 or (>= 714 and <= 719);

    private static string Describe(ICudaDriver driver, CudaResult result, string call, string? detail)
    {
        string text = string.Create(CultureInfo.InvariantCulture,
            $"{call}: {driver.GetErrorName(result)} ({(int)result}), {driver.GetErrorString(result)}.");
        text += detail is null ? "" : " " + detail;
        return IsSticky(result)
            ? text + " A kernel that ran before this call failed; the device's memory is lost for this process, which "
                + "must be started anew."
            : text;
    }
}
