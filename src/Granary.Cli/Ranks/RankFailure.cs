using System.Globalization;
using System.Text;
using Granary.Cli.Commands;

namespace Granary.Cli.Ranks;

/// <summary>What is said when ranks have failed: the cause first, then what it led to, shortened, then what to do.</summary>
/// <param name="Size">All ranks.</param>
/// <param name="Step">Steps that were done; null where none was reported.</param>
/// <param name="Saved">The step of the newest checkpoint; null where there is none.</param>
internal sealed record RankFailure(int Size, long? Step, long? Saved)
{
    private const int Shortened = 160;
    private const int Sigkill = 9;

    /// <summary>The failure as an exception; <paramref name="endings"/> stand in the order in which the ranks ended.</summary>
    public RanksException ToException(IReadOnlyList<RankEnding> endings)
    {
        var cause = endings.FirstOrDefault(ending => ending.IsCause) ?? endings.First(ending => ending.IsFailure);
        var text = new StringBuilder(Cause(cause)).Append(' ').Append(Remedy(cause));
        foreach (var other in endings.Where(ending => ending != cause && ending.Error.Length > 0 && ending.Error != cause.Error).OrderBy(ending => ending.Rank))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n  [rank {other.Rank}] {Short(other.Error)}");
        }

        return new RanksException(cause.Rank, text.ToString(), cause.ExitCode == ExitCodes.WrongUsage ? ExitCodes.WrongUsage : ExitCodes.Failed);
    }

    private static string Short(string error)
    {
        var line = error.ReplaceLineEndings(" ");
        return line.Length > Shortened ? string.Concat(line.AsSpan(0, Shortened), "...") : line;
    }

    private string Cause(RankEnding cause)
    {
        if (cause.LostPeer && cause.Error.Length > 0)
        {
            // It names the rank that it misses, which is the one to look at.
            return $"[rank {cause.Rank}] {cause.Error}\nAll other ranks were stopped.";
        }

        var stopped = Stopped(cause.Rank);
        return cause.Signal is { } signal
            ? $"Rank {cause.Rank} is gone (killed by signal {signal}){At()}; {stopped}."
            : cause.Error.Length > 0
                ? $"[rank {cause.Rank}] {cause.Error}\nRank {cause.Rank} failed{At()}; {stopped}."
                : $"Rank {cause.Rank} is gone (exit code {cause.ExitCode}){At()}; {stopped}.";
    }

    private string At()
    {
        return Step is { } step ? string.Create(CultureInfo.InvariantCulture, $" at step {step}") : " before the first step";
    }

    private string Stopped(int cause)
    {
        List<int> others = [.. Enumerable.Range(0, Size).Where(rank => rank != cause)];
        return others.Count == 1
            ? $"rank {others[0]} was stopped"
            : $"ranks {string.Join(", ", others.SkipLast(1))} and {others[^1]} were stopped";
    }

    private string Remedy(RankEnding cause)
    {
        if (cause.ExitCode == ExitCodes.WrongUsage)
        {
            return "Mend what it names and run the command again.";
        }

        var from = Saved is { } saved ? string.Create(CultureInfo.InvariantCulture, $"to go on from step {saved}") : "to begin again";
        var memory = cause.Signal == Sigkill ? " If nobody killed it, the machine ran out of memory: lower training.tokens_per_microbatch or --ranks." : string.Empty;
        return $"Run the same command again {from}.{memory}";
    }
}
