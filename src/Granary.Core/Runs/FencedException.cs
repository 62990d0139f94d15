namespace Granary.Core.Runs;

/// <summary>A rank is of a generation that may not write to the run's folder any more.</summary>
public sealed class FencedException : Exception
{
    /// <summary>Creates the exception; <paramref name="present"/> is the folder's generation, null where it has none.</summary>
    public FencedException(string runFolder, int generation, int? present)
        : base($"The run '{runFolder}' is trained by generation '{present?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}', but this rank is of generation '{generation}', so it saves nothing and ends. Ranks that took its place go on from the latest checkpoint.")
    {
        Generation = generation;
        Present = present;
    }

    /// <summary>The rank's generation.</summary>
    public int Generation { get; }

    /// <summary>The folder's generation.</summary>
    public int? Present { get; }
}
