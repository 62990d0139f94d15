using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>Loads libgranary.so, or says in one sentence what is missing.</summary>
internal static partial class NativeLibraryFile
{
    /// <summary>The file's name, beside the assemblies.</summary>
    internal const string Name = "libgranary.so";

    /// <summary>Loads the library from a folder.</summary>
    /// <exception cref="TorchException">The file is missing, or something it needs is.</exception>
    internal static nint LoadFrom(string folder)
    {
        var path = Path.Combine(folder, Name);
        if (!File.Exists(path))
        {
            throw new TorchException($"The native library is missing at '{path}'; build it with 'make build'.");
        }

        LeaveSignalsToRuntime();
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (DllNotFoundException exception)
        {
            throw new TorchException($"The native library '{path}' could not be loaded: {exception.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}. Install libtorch with 'make setup' and build again.", exception);
        }
    }

    // Debian 13's libtorch brings MPI and with it UCX, which takes SIGSEGV for itself as it is loaded and ends the process with it:
    // the signal from which the runtime makes a NullReferenceException. UCX 1.20 leaves signals alone by itself. .NET's own
    // variables are not the process's, and libraries read those.
    private static void LeaveSignalsToRuntime()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetVariable("UCX_HANDLE_ERRORS", "none", overwrite: 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
