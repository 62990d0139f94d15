using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Testing;

/// <summary>Runs code as every rank of a group, each on a thread of its own in this process.</summary>
public static class RankHarness
{
    /// <summary>How long a rank waits over Gloo: far above what an exchange takes on a loaded machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Runs the body on each rank; the first rank's failure that is not about another rank is thrown. Nothing that was sent may be left.</summary>
    public static void Run(int ranks, Action<ProcessGroup> body)
    {
        Run(ranks, Returning(body));
    }

    /// <summary>The same for a body with a result; the results by rank.</summary>
    public static T[] Run<T>(int ranks, Func<ProcessGroup, T> body)
    {
        var exchange = new LocalExchange();
        var results = Run(ranks, rank => new LocalProcessGroup(exchange, "world", [.. Enumerable.Range(0, ranks)], rank), body, (_, _) => exchange.Abort());
        return exchange.Left() is [var left, ..] ? throw new InvalidOperationException($"What was sent as {left} was never received.") : results;
    }

    /// <summary>Runs the body on each rank over a backend.</summary>
    public static void Run(RankBackend backend, int ranks, Action<ProcessGroup> body)
    {
        Run(backend, ranks, Returning(body));
    }

    /// <summary>The same for a body with a result; the results by rank.</summary>
    public static T[] Run<T>(RankBackend backend, int ranks, Func<ProcessGroup, T> body)
    {
        return backend == RankBackend.Local ? Run(ranks, body) : RunOverGloo(ranks, body, readsMemory: backend == RankBackend.Memory);
    }

    /// <summary>Runs the body on each rank over Gloo, by the loopback device or each other's memory; ranks compare their calls before anything is sent unless told otherwise.</summary>
    public static T[] RunOverGloo<T>(int ranks, Func<ProcessGroup, T> body, TimeSpan? timeout = null, bool checksCalls = true, bool readsMemory = false)
    {
        using var host = TcpStore.Host("127.0.0.1", 0, timeout ?? Patience);
        var stores = new TcpStore?[ranks];
        NativeProcessGroup Join(int rank)
        {
            // As processes would: who waits at a connection keeps it from others.
            stores[rank] = TcpStore.Connect(host.host, host.port, host.timeout);
            return NativeProcessGroup.Create(stores[rank]!, new ProcessGroupOptions { Rank = rank, Size = ranks, Host = "127.0.0.1", Timeout = timeout ?? Patience, ChecksCalls = checksCalls, ReadsMemory = readsMemory });
        }

        try
        {
            return Run(ranks, Join, body, (group, failure) => group?.Abort(new DistributedException($"Another rank has failed: {failure.Message}")));
        }
        finally
        {
            Array.ForEach(stores, store => store?.Dispose());
        }
    }

    private static Func<ProcessGroup, int> Returning(Action<ProcessGroup> body)
    {
        return group =>
        {
            body(group);
            return 0;
        };
    }

    private static T[] Run<TGroup, T>(int ranks, Func<int, TGroup> join, Func<ProcessGroup, T> body, Action<TGroup?, Exception> abort)
        where TGroup : ProcessGroup
    {
        var results = new T[ranks];
        var failures = new Exception?[ranks];
        var groups = new TGroup?[ranks];
        var threads = Enumerable.Range(0, ranks).Select(rank => new Thread(() =>
        {
            try
            {
                torch.set_num_threads(1);
                groups[rank] = join(rank);
                results[rank] = body(groups[rank]!);
            }
#pragma warning disable CA1031 // What a rank's thread throws is thrown again on the caller's.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failures[rank] = exception;
                Array.ForEach(groups, group => abort(group, exception));
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        // None is disposed before all are done: a rank that has ended may still be waited for.
        Array.ForEach(groups, group => group?.Dispose());
        if ((failures.FirstOrDefault(failure => failure is not null and not DistributedException) ?? failures.FirstOrDefault(failure => failure is not null)) is { } first)
        {
            throw new InvalidOperationException($"Rank {Array.IndexOf(failures, first)} of {ranks} failed: {first.Message}", first);
        }

        return results;
    }
}
