using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial void gn_tensor_free(nint tensor);

    [LibraryImport(Library)]
    internal static partial int gn_tensor_alias(nint tensor, nint* alias);

    [LibraryImport(Library)]
    internal static partial int gn_tensor_detach(nint tensor, nint* detached);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int gn_tensor_get_references(nint tensor, long* toTensor, long* toMemory);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int gn_tensor_get_layout(nint tensor, NativeLayout* layout);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int gn_tensor_get_data(nint tensor, void** data);

    [LibraryImport(Library)]
    internal static partial int gn_tensor_resize_storage(nint tensor, long bytes);

    [LibraryImport(Library)]
    internal static partial int gn_tensor_from_memory(
        void* data, long* sizes, int dimensions, int type, delegate* unmanaged<nint, void> release, nint context, nint* tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int gn_tensor_get_version(nint tensor, long* version);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int gn_tensor_bump_version(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int gn_tensor_get_requires_grad(nint tensor, int* requiresGrad);

    [LibraryImport(Library)]
    internal static partial int gn_tensor_set_requires_grad(nint tensor, int requiresGrad);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int gn_tensor_get_is_leaf(nint tensor, int* isLeaf);

    [LibraryImport(Library)]
    internal static partial int gn_tensor_get_grad(nint tensor, nint* gradient);

    [LibraryImport(Library)]
    internal static partial int gn_tensor_set_grad(nint tensor, nint gradient);

    [LibraryImport(Library)]
    internal static partial byte* gn_tensor_text(nint tensor);
}
