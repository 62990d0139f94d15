using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>The imports of libgranary, one file for each header of native/include, in the header's order.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = "granary";

    static NativeMethods()
    {
        NativeLibrary.SetDllImportResolver(
            typeof(NativeMethods).Assembly, (name, _, _) => name == Library ? NativeLibraryFile.LoadFrom(AppContext.BaseDirectory) : 0);
    }
}
