using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int gn_operator_find(string name, string overload, nint* op);

    [LibraryImport(Library)]
    internal static partial byte* gn_operator_schema(nint op);

    [LibraryImport(Library)]
    internal static partial int gn_operator_call(
        nint op, NativeValue* arguments, int argumentCount, NativeValue* results, int capacity, int* resultCount);
}
