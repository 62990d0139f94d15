using Granary.Core.Files;

namespace Granary.Cli.Mixtures.Trials;

/// <summary>The claim to a proxy's folder: searches may share a store, and two that train one proxy at once would write over each other.</summary>
internal static class ProxyClaim
{
    private const string LockName = ".lock";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Takes the claim, which disposing gives up, once no other process holds it.</summary>
    /// <returns>The claim, and whether another process had it first.</returns>
    public static async Task<(IDisposable Claim, bool HasWaited)> TakeAsync(string folder, TimeProvider time, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, LockName);
        for (var hasWaited = false; ; hasWaited = true)
        {
            if (FileClaim.TryTake(path) is { } claim)
            {
                return (claim, hasWaited);
            }

            // Nobody tells of the other's end: it may be killed, or run on another machine.
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>Removes what a process that was killed had not published yet; only for who holds the claim.</summary>
    public static void RemoveLeftovers(string folder)
    {
        foreach (var leftover in Directory.GetFiles(folder, $"*{AtomicFile.TemporaryMark}*"))
        {
            File.Delete(leftover);
        }
    }
}
