using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int gn_autograd_get_enabled();

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial void gn_autograd_set_enabled(int enabled);

    [LibraryImport(Library)]
    internal static partial int gn_autograd_backward(nint* roots, nint* gradients, int count, int retainGraph, int createGraph);

    [LibraryImport(Library)]
    internal static partial int gn_autograd_grad(
        nint* roots, nint* gradients, int rootCount, nint* inputs, int inputCount, int retainGraph, int createGraph, int allowUnused, nint* results);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int gn_autograd_attach(
        NativeFunction* function, string name, nint* inputs, int inputCount, nint* outputs, int outputCount);
}
