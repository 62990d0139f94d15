using System.Collections.Concurrent;
using Granary.Cluster.Ledger;

namespace Granary.Bench.ClusterLoad;

/// <summary>One round of renewals and of grants with their commits, both at fixed rates.</summary>
internal sealed class LoadRound
{
    /// <summary>Grants with their commits that begin in a second.</summary>
    public const int PairsPerSecond = 1_000;

    private const int Nodes = 2_000;
    private const int LeasesPerNode = 4;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RenewalTime = Lease / 3;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);
    private static readonly ShardWork Work = new() { Arguments = ["tokenize", "--output", ShardWork.OutputPlaceholder], Output = "/data/stages/tokens/part" };

    private readonly IClusterLedger _ledger;
    private readonly string _held;
    private readonly string _open;
    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly ConcurrentBag<double> _renewals = [];
    private readonly ConcurrentBag<double> _pairs = [];
    private int _falseExpiries;
    private int _failures;

    public LoadRound(IClusterLedger ledger, int round)
    {
        _ledger = ledger;
        _held = $"load{round}/held";
        _open = $"load{round}/open";
    }

    public async Task<LoadFigures> RunAsync(TimeSpan time)
    {
        var pairs = (int)((time + WarmUp).TotalSeconds * PairsPerSecond);
        await CreateAsync(_held, Nodes * LeasesPerNode);
        await CreateAsync(_open, pairs);
        var leases = await AcquireAllAsync();
        var begin = _clock.GetTimestamp();
        await Task.WhenAll(
            PaceAsync((int)((time + WarmUp) / RenewalTime * Nodes), RenewalTime / Nodes, begin, (call, due) => RenewAsync(leases[call % Nodes], due, begin)),
            PaceAsync(pairs, TimeSpan.FromSeconds(1.0 / PairsPerSecond), begin, (call, due) => GrantAndCommitAsync(call, due, begin)));
        var took = _clock.GetElapsedTime(begin) - WarmUp;
        return new LoadFigures(
            "load", took.TotalSeconds, Nodes, Nodes * LeasesPerNode, _renewals.Count, Percentiles.Of(_renewals), _pairs.Count, _pairs.Count / took.TotalSeconds,
            Percentiles.Of(_pairs), _falseExpiries, _failures);
    }

    private Task CreateAsync(string dataset, int shards)
    {
        return _ledger.CreateAsync(new DatasetSpec { Id = dataset, Job = "load", Shards = [.. Enumerable.Repeat(Work, shards)] }, default);
    }

    private async Task<IReadOnlyList<(ShardKey, LeaseToken)>[]> AcquireAllAsync()
    {
        // Long enough for the first renewal of the last node, whatever the grants take.
        var leases = new IReadOnlyList<(ShardKey, LeaseToken)>[Nodes];
        await Parallel.ForAsync(0, Nodes, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (node, _) =>
        {
            var held = new List<(ShardKey, LeaseToken)>();
            for (var lease = 0; lease < LeasesPerNode; lease++)
            {
                var granted = await _ledger.AcquireAsync(new ShardKey(_held, (node * LeasesPerNode) + lease), $"node{node}", 10 * Lease, default);
                held.Add((granted!.Shard, granted.Token));
            }

            leases[node] = held;
        });
        return leases;
    }

    // Begins each call when it is due and waits for all of them.
    private async Task PaceAsync(int calls, TimeSpan between, long begin, Func<int, TimeSpan, Task> call)
    {
        var begun = new List<Task>(calls);
        using var timer = new PeriodicTimer(Tick);
        while (begun.Count < calls)
        {
            await timer.WaitForNextTickAsync();
            while (begun.Count < calls && begun.Count * between <= _clock.GetElapsedTime(begin))
            {
                var number = begun.Count;
                begun.Add(call(number, number * between));
            }
        }

        await Task.WhenAll(begun);
    }

    private Task RenewAsync(IReadOnlyList<(ShardKey, LeaseToken)> leases, TimeSpan due, long begin)
    {
        return MeasureAsync(_renewals, due, begin, async () =>
        {
            var renewed = await _ledger.RenewAsync(leases, Lease, default);
            Interlocked.Add(ref _falseExpiries, leases.Count - renewed.Count);
        });
    }

    private Task GrantAndCommitAsync(int shard, TimeSpan due, long begin)
    {
        return MeasureAsync(_pairs, due, begin, async () =>
        {
            var lease = await _ledger.AcquireAsync(new ShardKey(_open, shard), "node", Lease, default);
            var output = new ShardOutput($"/data/stages/tokens/part.{shard}.1", new string('a', 64), 1_048_576);
            var isCommitted = lease is not null && await _ledger.CommitAsync($"{_open}/{shard}", lease.Shard, lease.Token, output, default);
            Interlocked.Add(ref _falseExpiries, isCommitted ? 0 : 1);
        });
    }

    private async Task MeasureAsync(ConcurrentBag<double> times, TimeSpan due, long begin, Func<Task> call)
    {
        try
        {
            await call();
            if (due >= WarmUp)
            {
                times.Add((_clock.GetElapsedTime(begin) - due).TotalMilliseconds);
            }
        }
        catch (LedgerUnavailableException)
        {
            Interlocked.Increment(ref _failures);
        }
    }
}
