using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>The handles of several tensors as a native array; the tensors stay alive as long as it does.</summary>
internal sealed unsafe class HandleArray : IDisposable
{
    private readonly IReadOnlyList<Tensor?> _tensors;
    private nint* _pointer;

    /// <exception cref="ObjectDisposedException">One of the tensors was disposed.</exception>
    public HandleArray(IReadOnlyList<Tensor?> tensors)
    {
        _tensors = tensors;

        // Read before memory is allocated, because a disposed tensor throws here and nobody would free it.
        var handles = new nint[tensors.Count];
        for (var index = 0; index < handles.Length; index++)
        {
            handles[index] = tensors[index]?.Handle ?? 0;
        }

        _pointer = (nint*)NativeMemory.Alloc((nuint)Math.Max(1, handles.Length), (nuint)sizeof(nint));
        handles.CopyTo(new Span<nint>(_pointer, handles.Length));
    }

    public nint* Pointer => _pointer;

    public void Dispose()
    {
        NativeMemory.Free(_pointer);
        _pointer = null;
        GC.KeepAlive(_tensors);
    }
}
