using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>What the native graph calls: finds the managed function by its handle and lets no exception pass.</summary>
internal static unsafe class AutogradCallbacks
{
    // The exception that made a callback fail, so that the caller of backward sees it as the cause.
    [ThreadStatic]
    private static Exception? _exception;

    /// <summary>The table of callbacks for one function; the graph frees the handle.</summary>
    internal static NativeFunction TableFor(AutogradFunction function)
    {
        return new NativeFunction
        {
            Backward = &Backward,
            Release = &Release,
            Destroy = &Destroy,
            Context = GCHandle.ToIntPtr(GCHandle.Alloc(function)),
        };
    }

    /// <summary>The exception behind the last failure on this thread, once.</summary>
    internal static Exception? TakeException()
    {
        var exception = _exception;
        _exception = null;
        return exception;
    }

    [UnmanagedCallersOnly]
    private static int Backward(nint context, nint* gradients, int gradientCount, nint* results, int resultCount)
    {
        try
        {
            FunctionOf(context).RunBackward(new ReadOnlySpan<nint>(gradients, gradientCount), new Span<nint>(results, resultCount));
            return 0;
        }
#pragma warning disable CA1031 // Nothing may cross into native code; the exception is kept and thrown again behind it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _exception = exception;
            NativeMethods.gn_error_set(exception.Message);
            return 1;
        }
    }

    [UnmanagedCallersOnly]
    private static void Release(nint context)
    {
        FunctionOf(context).ReleaseSaved();
    }

    [UnmanagedCallersOnly]
    private static void Destroy(nint context)
    {
        FunctionOf(context).ReleaseSaved();
        GCHandle.FromIntPtr(context).Free();
    }

    private static AutogradFunction FunctionOf(nint context)
    {
        return (AutogradFunction)GCHandle.FromIntPtr(context).Target!;
    }
}
