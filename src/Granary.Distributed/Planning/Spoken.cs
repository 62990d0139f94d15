using System.Globalization;

namespace Granary.Distributed.Planning;

/// <summary>Numbers in sentences.</summary>
internal static class Spoken
{
    /// <summary>Three digits, or all before the point: "12.3 ms".</summary>
    internal static string Milliseconds(double seconds)
    {
        return (1e3 * seconds).ToString(seconds >= 0.1 ? "F0" : "G3", CultureInfo.InvariantCulture) + " ms";
    }
}
