using System.Globalization;

namespace Granary.Distributed.Ranks;

/// <summary>Six variables that say which rank a process is, under the names of one launcher.</summary>
internal sealed class RankVariables
{
    private readonly RankLauncherKind _launcher;
    private readonly string _prefix;

    private RankVariables(RankLauncherKind launcher, string prefix)
    {
        _launcher = launcher;
        _prefix = prefix;
    }

    /// <summary>What Granary's own launcher sets.</summary>
    public static RankVariables Granary { get; } = new(RankLauncherKind.Granary, "GRANARY_");

    /// <summary>What torchrun sets.</summary>
    public static RankVariables Torchrun { get; } = new(RankLauncherKind.Torchrun, string.Empty);

    private string Rank => _prefix + "RANK";

    private string Size => _prefix + "WORLD_SIZE";

    private string LocalRank => _prefix + "LOCAL_RANK";

    private string LocalSize => _prefix + "LOCAL_WORLD_SIZE";

    private string Address => _prefix + "MASTER_ADDR";

    private string Port => _prefix + "MASTER_PORT";

    private string Generation => _prefix + "GENERATION";

    /// <summary>Whether any of those that count processes is set; an address alone is often left over from something else.</summary>
    public bool IsIn(IReadOnlyDictionary<string, string> variables)
    {
        return new[] { Rank, Size, LocalRank, LocalSize }.Any(variables.ContainsKey);
    }

    /// <summary>Reads and checks them.</summary>
    public RankEnvironment Read(IReadOnlyDictionary<string, string> variables)
    {
        var reader = new VariableReader(variables, [Rank, Size, LocalRank, LocalSize, Address, Port]);
        var size = reader.Number(Size, 1);
        var rank = reader.Index(Rank, size, Size);
        var generation = _launcher == RankLauncherKind.Granary && variables.ContainsKey(Generation) ? reader.Number(Generation, 1) : null;
        if (size == 1 && generation is null && reader.IsSound)
        {
            return RankEnvironment.Single;
        }

        var localSize = reader.Number(LocalSize, 1, size ?? int.MaxValue);
        var localRank = reader.Index(LocalRank, localSize, LocalSize);
        var address = reader.Text(Address, "the host of rank 0");
        var port = reader.Number(Port, 1, ushort.MaxValue);
        reader.ThrowIfAny();
        return new RankEnvironment(rank!.Value, size!.Value, localRank!.Value, localSize!.Value, address, port!.Value, _launcher) { Generation = generation };
    }

    /// <summary>The variables from which the same is read.</summary>
    public Dictionary<string, string> Write(RankEnvironment environment)
    {
        var variables = new Dictionary<string, string>
        {
            [Rank] = Text(environment.Rank),
            [Size] = Text(environment.Size),
            [LocalRank] = Text(environment.LocalRank),
            [LocalSize] = Text(environment.LocalSize),
            [Address] = environment.MasterAddress,
            [Port] = Text(environment.MasterPort),
        };
        if (environment.Generation is { } generation)
        {
            variables[Generation] = Text(generation);
        }

        return variables;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
