using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial byte* gn_runtime_torch_version();

    [LibraryImport(Library)]
    internal static partial byte* gn_runtime_torch_config();

    [LibraryImport(Library)]
    internal static partial int gn_runtime_set_threads(int threads);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int gn_runtime_get_threads();

    [LibraryImport(Library)]
    internal static partial int gn_runtime_seed(ulong seed);

    [LibraryImport(Library)]
    internal static partial void gn_runtime_get_memory(long* live, long* peak, long* kept);

    [LibraryImport(Library)]
    internal static partial void gn_runtime_reset_peak_memory();

    [LibraryImport(Library)]
    internal static partial void gn_runtime_release_memory();

    [LibraryImport(Library)]
    internal static partial int gn_runtime_has_cuda();

    [LibraryImport(Library)]
    internal static partial int gn_generator_create(ulong seed, nint* generator);

    [LibraryImport(Library)]
    internal static partial void gn_generator_free(nint generator);

    [LibraryImport(Library)]
    internal static partial int gn_generator_get_state(nint generator, nint* state);

    [LibraryImport(Library)]
    internal static partial int gn_generator_set_state(nint generator, nint state);
}
