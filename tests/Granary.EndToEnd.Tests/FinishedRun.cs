namespace Granary.EndToEnd.Tests;

/// <summary>One run from text to export that many tests look at; none of them changes it.</summary>
[SetUpFixture]
public sealed class FinishedRun
{
    private static readonly Lazy<(TinyRun Run, GranaryResult Result)> Made = new(() =>
    {
        var run = new TinyRun();
        return (run, run.Granary("run", TinyRun.Config));
    });

    /// <summary>The run.</summary>
    internal static TinyRun Run => Made.Value.Run;

    /// <summary>How the process that made it ended.</summary>
    internal static GranaryResult Result => Made.Value.Result;

    [OneTimeTearDown]
    public void Remove()
    {
        if (Made.IsValueCreated)
        {
            Made.Value.Run.Dispose();
        }
    }
}
