using System.Reflection;
using System.Runtime.InteropServices;

namespace Granary.Torch.Native.Tests;

public sealed class NativeMethodsTests
{
    [Test]
    public void Every_import_is_in_the_built_library()
    {
        var library = NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, NativeLibraryFile.Name));
        var imports = typeof(NativeMethods).GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
            .Select(method => method.Name)
            .Where(name => name.StartsWith("gn_", StringComparison.Ordinal))
            .ToList();

        Assert.That(imports, Is.Not.Empty);
        Assert.That(imports.Where(name => !NativeLibrary.TryGetExport(library, name, out _)), Is.Empty);
    }
}
