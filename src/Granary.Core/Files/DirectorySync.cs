using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Granary.Core.Files;

/// <summary>Makes a rename durable: without a sync of its folder a power cut can undo it.</summary>
public static partial class DirectorySync
{
    private const int ReadOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY on Linux, x86-64 and Arm's generic ABI alike

    /// <summary>Waits until the folder's entries are on the device.</summary>
    /// <exception cref="IOException">The folder cannot be opened or the device reports an error.</exception>
    public static void Sync(string folder)
    {
        // .NET opens no directories, hence the native calls.
        var descriptor = Open(folder, ReadOnlyDirectory);
        if (descriptor < 0)
        {
            throw Failure(folder);
        }

        try
        {
            if (Fsync(descriptor) != 0)
            {
                throw Failure(folder);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string folder)
    {
        return new IOException($"Folder '{folder}' could not be synced to its device: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
