using System.Globalization;
using Granary.Torch;

namespace Granary.Models.Language;

/// <summary>Which head is asked, and what it is told.</summary>
/// <param name="Name">The head's name.</param>
/// <param name="Given">Ids that the head is told besides the states: [B, T], or [B, T', N] where it says so; null for none.</param>
public sealed record HeadCall(string Name, Tensor? Given = null)
{
    /// <summary>The head every model has: what stands at the position asked, or behind it.</summary>
    public const string Main = "main";

    private const string AheadPrefix = "ahead.";

    /// <summary>The head for the token <paramref name="distance"/> positions on; 1 is the main head.</summary>
    public static string Ahead(int distance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(distance, 1);
        return distance == 1 ? Main : string.Create(CultureInfo.InvariantCulture, $"{AheadPrefix}{distance}");
    }

    /// <summary>The distance that a head's name says; null for a head of another kind.</summary>
    public static int? DistanceOf(string name)
    {
        if (name == Main)
        {
            return 1;
        }

        return name.StartsWith(AheadPrefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(AheadPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var distance)
            ? distance
            : null;
    }
}
