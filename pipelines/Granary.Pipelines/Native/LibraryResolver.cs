using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native;

/// <summary>Finds the libraries that this assembly imports under names of its own; an assembly can have one such place only.</summary>
internal static class LibraryResolver
{
    private static readonly ConcurrentDictionary<string, Func<nint>> Loaders = new();

    static LibraryResolver()
    {
        NativeLibrary.SetDllImportResolver(typeof(LibraryResolver).Assembly, (name, _, _) => Loaders.TryGetValue(name, out var load) ? load() : 0);
    }

    /// <summary>Says how the library of a name is loaded; no file has the name.</summary>
    public static void Add(string name, Func<nint> load)
    {
        Loaders[name] = load;
    }
}
