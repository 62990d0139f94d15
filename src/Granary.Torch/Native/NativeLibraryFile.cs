using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>Loads libgranary.so, or says in one sentence what is missing.</summary>
internal static class NativeLibraryFile
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

        try
        {
            return NativeLibrary.Load(path);
        }
        catch (DllNotFoundException exception)
        {
            throw new TorchException($"The native library '{path}' could not be loaded: {exception.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}. Install libtorch with 'make setup' and build again.", exception);
        }
    }
}
