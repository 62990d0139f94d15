using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial byte* gn_distributed_backends();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int gn_distributed_store_create(string host, int port, int isHost, long milliseconds, nint* store);

    [LibraryImport(Library)]
    internal static partial void gn_distributed_store_free(nint store);

    [LibraryImport(Library)]
    internal static partial int gn_distributed_store_get_port(StoreHandle store, int* port);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int gn_distributed_store_set(StoreHandle store, string key, byte* value, long bytes);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int gn_distributed_store_get(StoreHandle store, string key, byte** value, long* bytes);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int gn_distributed_store_check(StoreHandle store, string key, int* isThere);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int gn_distributed_store_add(StoreHandle store, string key, long amount, long* sum);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int gn_distributed_store_compare(
        StoreHandle store, string key, byte* expected, long expectedBytes, byte* desired, long desiredBytes, byte** value, long* bytes);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int gn_distributed_store_delete(StoreHandle store, string key, int* wasThere);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int gn_distributed_group_create(
        StoreHandle store, string prefix, string backend, int rank, int size, long milliseconds, string? interfaceName, string? host, int readsMemory, nint* group);

    [LibraryImport(Library)]
    internal static partial void gn_distributed_group_free(nint group);

    [LibraryImport(Library)]
    internal static partial int gn_distributed_group_abort(GroupHandle group);

    [LibraryImport(Library)]
    internal static partial int gn_distributed_begin(GroupHandle group, NativePeerOperation* operations, int count, nint* work);

    [LibraryImport(Library)]
    internal static partial int gn_distributed_work_wait(WorkHandle work, long milliseconds, int* pending);

    [LibraryImport(Library)]
    internal static partial int gn_distributed_work_abort(WorkHandle work);

    [LibraryImport(Library)]
    internal static partial void gn_distributed_work_free(nint work);
}
