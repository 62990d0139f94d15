namespace Granary.EndToEnd.Tests;

/// <summary>Runs from text to export that many tests look at; none of them changes them, and only those of <see cref="TakenUpRunTests"/> take one up.</summary>
[SetUpFixture]
public sealed class FinishedRun
{
    private static readonly Lazy<(TinyRun Run, GranaryResult Result)> Made = new(() => Make());
    private static readonly Lazy<(TinyRun Run, GranaryResult Result)> MadeByTwoRanks = new(() => Make("--ranks", "2", "--json"));

    /// <summary>The run of one process.</summary>
    internal static TinyRun Run => Made.Value.Run;

    /// <summary>How the process that made it ended.</summary>
    internal static GranaryResult Result => Made.Value.Result;

    /// <summary>The same run by two ranks, which nobody disturbed.</summary>
    internal static TinyRun RunOfTwoRanks => MadeByTwoRanks.Value.Run;

    /// <summary>How the process that started the two ranks ended; its output is JSON lines.</summary>
    internal static GranaryResult ResultOfTwoRanks => MadeByTwoRanks.Value.Result;

    [OneTimeTearDown]
    public void Remove()
    {
        foreach (var made in (Lazy<(TinyRun Run, GranaryResult Result)>[])[Made, MadeByTwoRanks])
        {
            if (made.IsValueCreated)
            {
                made.Value.Run.Dispose();
            }
        }
    }

    private static (TinyRun Run, GranaryResult Result) Make(params string[] arguments)
    {
        var run = new TinyRun();
        return (run, run.Granary(["run", TinyRun.Config, .. arguments]));
    }
}
