using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Testing;

/// <summary>Runs code as every rank of a group, each on a thread of its own in this process.</summary>
public static class RankHarness
{
    /// <summary>Runs the body on each rank; the first rank's failure that is not about another rank is thrown. Nothing that was sent may be left.</summary>
    public static void Run(int ranks, Action<ProcessGroup> body)
    {
        Run(ranks, group =>
        {
            body(group);
            return 0;
        });
    }

    /// <summary>The same for a body with a result; the results by rank.</summary>
    public static T[] Run<T>(int ranks, Func<ProcessGroup, T> body)
    {
        var exchange = new LocalExchange();
        var results = new T[ranks];
        var failures = new Exception?[ranks];
        var threads = Enumerable.Range(0, ranks).Select(rank => new Thread(() =>
        {
            try
            {
                torch.set_num_threads(1);
                using var group = new LocalProcessGroup(exchange, "world", [.. Enumerable.Range(0, ranks)], rank);
                results[rank] = body(group);
            }
#pragma warning disable CA1031 // What a rank's thread throws is thrown again on the caller's.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failures[rank] = exception;
                exchange.Abort();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if ((failures.FirstOrDefault(failure => failure is not null and not DistributedException) ?? failures.FirstOrDefault(failure => failure is not null)) is { } first)
        {
            throw new InvalidOperationException($"Rank {Array.IndexOf(failures, first)} of {ranks} failed: {first.Message}", first);
        }

        return exchange.Left() is [var left, ..] ? throw new InvalidOperationException($"What was sent as {left} was never received.") : results;
    }
}
