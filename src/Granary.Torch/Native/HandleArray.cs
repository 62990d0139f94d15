using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>The handles of several tensors as a native array; the tensors stay alive as long as it does.</summary>
internal sealed unsafe class HandleArray : IDisposable
{
    private readonly IReadOnlyList<Tensor?> _tensors;
    private nint* _pointer;

    public HandleArray(IReadOnlyList<Tensor?> tensors)
    {
        _tensors = tensors;
        _pointer = (nint*)NativeMemory.Alloc((nuint)Math.Max(1, tensors.Count), (nuint)sizeof(nint));
        for (var index = 0; index < tensors.Count; index++)
        {
            _pointer[index] = tensors[index]?.Handle ?? 0;
        }
    }

    public nint* Pointer => _pointer;

    public void Dispose()
    {
        NativeMemory.Free(_pointer);
        _pointer = null;
        GC.KeepAlive(_tensors);
    }
}
