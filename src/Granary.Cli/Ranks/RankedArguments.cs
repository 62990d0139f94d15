namespace Granary.Cli.Ranks;

/// <summary>What a rank was called with.</summary>
/// <param name="Config">The run's configuration.</param>
/// <param name="Runs">The folder of runs.</param>
/// <param name="IsJson">Whether rank 0 writes JSON lines.</param>
internal sealed record RankedArguments(RunConfig Config, string Runs, bool IsJson)
{
    /// <summary>The run's folder.</summary>
    public string Folder => Path.Combine(Runs, Config.Name);
}
