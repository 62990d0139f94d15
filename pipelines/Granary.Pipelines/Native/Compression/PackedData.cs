namespace Granary.Pipelines.Native.Compression;

/// <summary>What packed data must hold to, whatever its format.</summary>
internal static class PackedData
{
    private const int MaxRatio = 200; // text that people wrote packs far less; DEFLATE reaches 1,032, the others more
    private const int FreeBytes = 16 << 20; // a small file may be all of one letter

    /// <summary>Refuses data that grows beyond all measure, before it fills a machine.</summary>
    /// <exception cref="InvalidDataException">It does.</exception>
    public static void RefuseGrowth(string format, long packed, long unpacked)
    {
        if (unpacked > FreeBytes && unpacked / MaxRatio > packed)
        {
            throw new InvalidDataException($"The {format} data grows more than {MaxRatio} times its size, as no text does. Unpack the file yourself if it is sound.");
        }
    }

    /// <summary>Data that cannot be unpacked to its end.</summary>
    public static InvalidDataException Damaged(string format, Exception? inner = null)
    {
        return new InvalidDataException($"The {format} data is damaged or cut off, or something else follows it. Fetch the file again.", inner);
    }
}
