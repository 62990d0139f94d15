using Granary.Pipelines.Native.Compression;

namespace Granary.Pipelines.Corpus;

/// <summary>A way to pack files, known by how their names end.</summary>
/// <param name="Ending">The end of the names.</param>
/// <param name="Library">The library it needs; null when .NET has it.</param>
/// <param name="Unpack">Makes what was packed of a packed stream.</param>
internal sealed record Packing(string Ending, SystemLibrary? Library, Func<Stream, Stream> Unpack)
{
    /// <summary>Every way that is known.</summary>
    public static IReadOnlyList<Packing> All { get; } =
    [
        new(".gz", Library: null, packed => new GzipReadStream(packed)),
        new(".zst", new SystemLibrary(NativeMethods.Zstd, "libzstd1"), packed => new PackedStream(packed, new ZstdUnpacker())),
        new(".bz2", new SystemLibrary(NativeMethods.Bzip2, "libbz2-1.0"), packed => new PackedStream(packed, new Bzip2Unpacker())),
    ];

    /// <summary>How a file is packed; null when it is not.</summary>
    public static Packing? Of(string path)
    {
        return All.FirstOrDefault(packing => path.EndsWith(packing.Ending, StringComparison.OrdinalIgnoreCase));
    }
}
