using System.Runtime.InteropServices;

namespace Granary.Core.Files;

/// <summary>Asks the system to read mapped pages before they are touched.</summary>
public static partial class ReadAhead
{
    private const int WillNeed = 3; // MADV_WILLNEED

    /// <summary>Begins to read mapped memory that starts at a page and returns at once; where the system refuses, touching it reads it.</summary>
    public static unsafe void Begin(ReadOnlySpan<byte> pages)
    {
        fixed (byte* start = pages)
        {
            // Advice: what it returns changes nothing but the speed.
            _ = Advise(start, (nuint)pages.Length, WillNeed);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static unsafe partial int Advise(byte* start, nuint length, int advice);
}
