using Orleans.Runtime;

namespace Orleans;

/// <summary>Tells who a grain or a reference is.</summary>
public static class GrainExtensions
{
    /// <summary>The id of a grain or of the one a reference leads to.</summary>
    public static GrainId GetGrainId(this IAddressable grain)
    {
        ArgumentNullException.ThrowIfNull(grain);
        return grain switch
        {
            IGrainBase activated => activated.GrainContext.GrainId,
            GrainReference reference => reference.GrainId,
            _ => throw new ArgumentException($"'{grain.GetType()}' is neither a grain nor a reference to one, so it has no grain id.", nameof(grain)),
        };
    }

    /// <summary>The string that names it.</summary>
    public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.ToString();
}
