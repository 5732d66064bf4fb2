using System.Runtime.CompilerServices;
using System.Text;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Ptx;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.EmulatorTests;

/// <summary>Runs small PTX programs on an <see cref="EmulatedDriver"/>: arrays in, arrays out.</summary>
internal sealed unsafe class PtxBench : IDisposable
{
    private readonly nint _stream;

    public PtxBench(ulong memory = 1 << 24)
    {
        Driver = new EmulatedDriver(memory);
        Check(Driver.Init());
        Check(Driver.DevicePrimaryCtxRetain(out nint context, 0));
        Check(Driver.CtxSetCurrent(context));
        Check(Driver.StreamCreate(out _stream));
    }

    public EmulatedDriver Driver { get; }

    public nint Stream => _stream;

    public void Dispose() => Driver.Dispose();

    /// <summary>
    /// Runs instructions once for each element: %a, %b, %c hold the elements of the inputs, %d is the answer; %t0-%t3
    /// (b32), %u0-%u3 (b64), %h0-%h3 (b16), %q0-%q3 (predicates), %x0-%x3 (f32) and %y0-%y3 (f64) are free. 32 elements
    /// make a warp.
    /// </summary>
    public static TR[] Map<TA, TR>(string instructions, params TA[] a) where TA : unmanaged where TR : unmanaged =>
        Map<TA, TA, TA, TR>(instructions, a, a, a);

    public static TR[] Map<TA, TB, TR>(string instructions, TA[] a, TB[] b)
        where TA : unmanaged where TB : unmanaged where TR : unmanaged =>
        Map<TA, TB, TB, TR>(instructions, a, b, b);

    public static TR[] Map<TA, TB, TC, TR>(string instructions, TA[] a, TB[] b, TC[] c)
        where TA : unmanaged where TB : unmanaged where TC : unmanaged where TR : unmanaged
    {
        using PtxBench bench = new();
        ulong result = bench.Allocate(new TR[a.Length]);
        string text = $$"""
            .visible .entry map(.param .u64 pa, .param .u64 pb, .param .u64 pc, .param .u64 pd)
            {
              .reg .{{Name<TA>()}} %a; .reg .{{Name<TB>()}} %b; .reg .{{Name<TC>()}} %c; .reg .{{Name<TR>()}} %d;
              .reg .b32 %t<4>; .reg .b64 %u<4>; .reg .b16 %h<4>; .reg .pred %q<4>; .reg .f32 %x<4>; .reg .f64 %y<4>;
              .reg .b32 %i; .reg .b64 %p<5>;
              .shared .align 16 .b8 memory[1024];
              mov.u32 %i, %tid.x;
              ld.param.u64 %p0, [pa]; ld.param.u64 %p1, [pb]; ld.param.u64 %p2, [pc]; ld.param.u64 %p3, [pd];
              mad.wide.u32 %p0, %i, {{sizeof(TA)}}, %p0;
              mad.wide.u32 %p1, %i, {{sizeof(TB)}}, %p1;
              mad.wide.u32 %p2, %i, {{sizeof(TC)}}, %p2;
              mad.wide.u32 %p3, %i, {{sizeof(TR)}}, %p3;
              ld.global.{{Name<TA>()}} %a, [%p0];
              ld.global.{{Name<TB>()}} %b, [%p1];
              ld.global.{{Name<TC>()}} %c, [%p2];
              {{instructions}}
              st.global.{{Name<TR>()}} [%p3], %d;
              ret;
            }
            """;
        bench.Launch(text, 1, (uint)a.Length, bench.Allocate(a), bench.Allocate(b), bench.Allocate(c), result);
        return bench.Read<TR>(result, a.Length);
    }

    /// <summary>Device memory with these values.</summary>
    public ulong Allocate<T>(T[] values) where T : unmanaged
    {
        nuint bytes = (nuint)(values.Length * sizeof(T));
        Check(Driver.MemAllocAsync(out ulong address, bytes, _stream));
        fixed (T* source = values)
        {
            Check(Driver.MemcpyHtoDAsync(address, source, bytes, _stream));
        }

        return address;
    }

    public T[] Read<T>(ulong address, int count) where T : unmanaged
    {
        T[] values = new T[count];
        fixed (T* target = values)
        {
            Check(Driver.MemcpyDtoHAsync(target, address, (nuint)(count * sizeof(T)), _stream));
        }

        return values;
    }

    /// <summary>Runs the text's first kernel, which takes 64-bit parameters.</summary>
    public void Launch(string text, uint grid, uint block, params ulong[] parameters) =>
        Check(TryLaunch(text, grid, block, 0, parameters));

    public CudaResult TryLaunch(string text, uint grid, uint block, uint dynamicShared, params ulong[] parameters)
    {
        nint function = Load(text);
        ulong* values = stackalloc ulong[parameters.Length];
        void** pointers = stackalloc void*[parameters.Length];
        for (int i = 0; i < parameters.Length; i++)
        {
            values[i] = parameters[i];
            pointers[i] = values + i;
        }

        return Driver.LaunchKernel(function, grid, 1, 1, block, 1, 1, dynamicShared, _stream, pointers);
    }

    /// <summary>The text's first kernel.</summary>
    public nint Load(string text)
    {
        CudaResult result = Load(text, out nint module, out string log);
        Assert.That(result, Is.EqualTo(CudaResult.Success), log);
        string name = text.Split(".entry ")[1].Split('(')[0].Trim();
        Check(Driver.ModuleGetFunction(out nint function, module, name));
        return function;
    }

    public CudaResult Load(string text, out nint module, out string log)
    {
        byte[] messages = new byte[1000];
        CudaResult result = Driver.ModuleLoadData(out module,
            Encoding.ASCII.GetBytes(KernelWriter.Header + text + "\0"), messages);
        log = Encoding.ASCII.GetString(messages.AsSpan(0, Array.IndexOf(messages, (byte)0)));
        return result;
    }

    public void Check(CudaResult result) => Assert.That(result, Is.EqualTo(CudaResult.Success), Driver.LastError);

    private static string Name<T>() => typeof(T) == typeof(float) ? "f32"
        : typeof(T) == typeof(double) ? "f64"
        : typeof(T) == typeof(ushort) || typeof(T) == typeof(short) ? "b16"
        : Unsafe.SizeOf<T>() == 4 ? "b32" : "b64";
}
