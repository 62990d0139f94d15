using System.Reflection;
using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>The imports of libgranary, one file for each header of native/include, in the header's order.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = "granary";
    private const string FileName = "libgranary.so";

    static NativeMethods()
    {
        NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Resolve);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name != Library)
        {
            return 0;
        }

        var path = Path.Combine(AppContext.BaseDirectory, FileName);
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
