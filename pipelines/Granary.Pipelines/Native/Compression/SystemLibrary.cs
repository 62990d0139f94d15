using System.Runtime.InteropServices;
using Granary.Core;

namespace Granary.Pipelines.Native.Compression;

/// <summary>A library that comes with the system.</summary>
/// <param name="Name">The name the loader looks for.</param>
/// <param name="Package">The Debian package that holds it.</param>
internal sealed record SystemLibrary(string Name, string Package)
{
    /// <summary>Makes sure that the library is there.</summary>
    /// <exception cref="CorpusException">It is not; <paramref name="file"/> cannot be read.</exception>
    public void Require(string file)
    {
        if (!NativeLibrary.TryLoad(Name, out _))
        {
            throw new CorpusException(file, $"The library '{Name}' that unpacks this file is not on this machine. Install it ('apt-get install {Package}' on Debian), or unpack the file.");
        }
    }
}
