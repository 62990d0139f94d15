using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>What the native graph calls: finds the managed function by its handle and lets no exception pass.</summary>
internal static unsafe class AutogradCallbacks
{
    // Exceptions that made callbacks fail, under the number that travels through the native side: a callback may run on
    // a device's thread, while the caller of backward waits on another.
    private static readonly ConcurrentDictionary<long, Exception> Exceptions = new();

    private static long _lastCause;

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

    /// <summary>The exception that was kept under a number, once; null where there is none.</summary>
    internal static Exception? TakeException(long cause)
    {
        return cause != 0 && Exceptions.TryRemove(cause, out var exception) ? exception : null;
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
            var cause = Interlocked.Increment(ref _lastCause);
            Exceptions[cause] = exception;
            NativeMethods.gn_error_set_cause(exception.Message, cause);
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
