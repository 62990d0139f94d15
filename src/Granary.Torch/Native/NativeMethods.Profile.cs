using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial int gn_profile_start();

    [LibraryImport(Library)]
    internal static partial int gn_profile_stop(long* rows);

    [LibraryImport(Library)]
    internal static partial int gn_profile_get_row(long index, NativeProfileRow* row);

    [LibraryImport(Library)]
    internal static partial int gn_profile_enter(byte* name, int length, int isPhase, double operations, double bytes);

    [LibraryImport(Library)]
    internal static partial int gn_profile_leave();
}
