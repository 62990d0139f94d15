using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial byte* gn_error_last();

    [LibraryImport(Library)]
    internal static partial long gn_error_cause();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void gn_error_set(string text);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void gn_error_set_cause(string text, long cause);
}
