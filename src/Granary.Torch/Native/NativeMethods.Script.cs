using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int gn_script_load(string path, nint* script);

    [LibraryImport(Library)]
    internal static partial void gn_script_free(nint script);

    [LibraryImport(Library)]
    internal static partial int gn_script_get_arguments(nint script, int* required, int* all);

    [LibraryImport(Library)]
    internal static partial int gn_script_call(nint script, nint* inputs, int count, nint* result);
}
