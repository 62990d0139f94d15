using Granary.Torch.Native;

namespace Granary.Torch;

/// <summary>A source of random numbers with a state of its own.</summary>
public sealed unsafe class Generator : IDisposable
{
    private readonly GeneratorHandle _handle;

    /// <summary>A CPU generator that starts from a seed.</summary>
    public Generator(long seed)
    {
        nint handle;
        NativeStatus.Check(NativeMethods.gn_generator_create(unchecked((ulong)seed), &handle));
        _handle = new GeneratorHandle(handle);
    }

    /// <summary>The native handle.</summary>
    internal nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
            return _handle.DangerousGetHandle();
        }
    }

    /// <summary>The whole state as a byte tensor.</summary>
    public Tensor get_state()
    {
        nint state;
        NativeStatus.Check(NativeMethods.gn_generator_get_state(Handle, &state));
        GC.KeepAlive(this);
        return new Tensor(state);
    }

    /// <summary>Goes back to a state of <see cref="get_state"/>.</summary>
    public void set_state(Tensor state)
    {
        NativeStatus.Check(NativeMethods.gn_generator_set_state(Handle, state.Handle));
        GC.KeepAlive(this);
        GC.KeepAlive(state);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handle.Dispose();
    }
}
