using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial int gn_cuda_get_count(int* count);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_get_device(int index, NativeCudaDevice* device);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_set_device(int index);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_synchronize();

    [LibraryImport(Library)]
    internal static partial int gn_cuda_get_memory(long* live, long* peak, long* kept);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_reset_peak_memory();

    [LibraryImport(Library)]
    internal static partial int gn_cuda_empty_cache();

    [LibraryImport(Library)]
    internal static partial int gn_cuda_allow_tf32(int allow);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_set_deterministic(int deterministic);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_graph_begin(nint* graph);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_graph_end(nint graph);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_graph_replay(nint graph);

    [LibraryImport(Library)]
    internal static partial void gn_cuda_graph_free(nint graph);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_event_record(nint* recorded);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_event_elapsed(nint from, nint to, double* milliseconds);

    [LibraryImport(Library)]
    internal static partial void gn_cuda_event_free(nint recorded);
}
