using System.Diagnostics;
using System.Globalization;

namespace Granary.Cli.Commands;

/// <summary>The most memory this process has held.</summary>
internal static class PeakMemory
{
    private const string StatusPath = "/proc/self/status";
    private const string Key = "VmHWM:";

    /// <summary>Bytes of the resident set at its largest.</summary>
    internal static long Read()
    {
        if (!File.Exists(StatusPath))
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }

        // "VmHWM:     12345 kB"
        var line = File.ReadLines(StatusPath).First(line => line.StartsWith(Key, StringComparison.Ordinal));
        return 1024 * long.Parse(line.AsSpan(Key.Length, line.Length - Key.Length - 2).Trim(), CultureInfo.InvariantCulture);
    }
}
