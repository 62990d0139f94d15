using Granary.Core.Randomness;

namespace Granary.Cluster.Ledger.Tests;

/// <summary>Random calls of a store and of the reference answer alike and leave alike rows. What fails is shown with the fewest calls.</summary>
[TestFixtureSource(typeof(LedgerStore), nameof(LedgerStore.Databases))]
public sealed class LedgerSequenceTests
{
    private const int Sequences = 40;
    private const int CallsPerSequence = 60;

    private static readonly TimeSpan Unit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Lease = 3 * Unit;

    private readonly string _name;
    private LedgerStore _store = null!;
    private LedgerStore _reference = null!;
    private int _runs;

    public LedgerSequenceTests(string name)
    {
        _name = name;
    }

    private enum Kind
    {
        Acquire,
        Renew,
        Commit,
        CommitOther,
        Release,
        Fail,
        Add,
        Cancel,
        Advance,
        ListGrantable,
    }

    [OneTimeSetUp]
    public async Task OpenAsync()
    {
        _store = await LedgerStore.OpenAsync(_name);
        _reference = await LedgerStore.OpenAsync("reference");
    }

    [OneTimeTearDown]
    public async Task CloseAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
            await _reference.DisposeAsync();
        }
    }

    [Test]
    public async Task Random_calls_answer_as_the_reference_does()
    {
        for (var seed = 0; seed < Sequences; seed++)
        {
            var calls = Draw(RandomKey.FromSeed(seed).Use("calls"));
            if (await FindDifferenceAsync(calls) is not null)
            {
                var fewest = await ShrinkAsync(calls);
                Assert.Fail($"Seed {seed}: {await FindDifferenceAsync(fewest)} after\n{string.Join('\n', fewest)}");
            }
        }
    }

    private static List<Call> Draw(RandomKey key)
    {
        // Grants and time come often, a cancellation ends most of what can happen.
        Kind[] kinds = [.. Enum.GetValues<Kind>(), Kind.Acquire, Kind.Acquire, Kind.Acquire, Kind.Commit, Kind.Advance];
        return Enumerable.Range(0, CallsPerSequence)
            .Select(index => new Call(kinds[key.BelowAt(3 * index, kinds.Length)], (int)key.BelowAt((3 * index) + 1, 1_000), (int)key.BelowAt((3 * index) + 2, 4)))
            .Where((call, index) => call.Kind != Kind.Cancel || index > CallsPerSequence * 3 / 4)
            .ToList();
    }

    private async Task<List<Call>> ShrinkAsync(List<Call> calls)
    {
        for (var index = calls.Count - 1; index >= 0; index--)
        {
            List<Call> without = [.. calls[..index], .. calls[(index + 1)..]];
            calls = await FindDifferenceAsync(without) is null ? calls : without;
        }

        return calls;
    }

    /// <summary>What the store says where the reference says something else; null where both agree to the end.</summary>
    private async Task<string?> FindDifferenceAsync(List<Call> calls)
    {
        // A dataset and operations of its own for each run, so that one database serves all.
        var run = $"run{_runs++}";
        var (actual, expected) = (new Side(_store, run), new Side(_reference, run));
        await actual.CreateAsync();
        await expected.CreateAsync();
        foreach (var call in calls)
        {
            var (ours, theirs) = (await actual.MakeAsync(call), await expected.MakeAsync(call));
            if (ours != theirs)
            {
                return $"'{call}' gave\n{ours}\ninstead of\n{theirs}";
            }
        }

        return null;
    }

    private sealed record Call(Kind Kind, int Which, int Shard);

    /// <summary>A ledger with the tokens that it has granted in this run.</summary>
    private sealed class Side
    {
        private readonly LedgerStore _store;
        private readonly string _run;
        private readonly List<(ShardKey Shard, LeaseToken Token)> _granted = [];
        private long _incarnation;

        public Side(LedgerStore store, string run)
        {
            _store = store;
            _run = run;
        }

        public async Task CreateAsync()
        {
            _incarnation = await _store.Ledger.OpenAsync(default);
            await _store.Ledger.CreateAsync(new DatasetSpec { Id = _run, Job = "job", Shards = [Work(), Work()], MostFailures = 2 }, default);
        }

        /// <summary>Makes the call and gives its answer with all rows behind it, as text that is the same on both sides.</summary>
        public async Task<string> MakeAsync(Call call)
        {
            string answer;
            try
            {
                answer = LedgerJson.Write(await AnswerAsync(call));
            }
            catch (LedgerConflictException conflict)
            {
                answer = conflict.Message;
            }

            var rows = await _store.Ledger.ListAsync(_run, 0, 100, default);
            return $"{answer}\n{string.Join('\n', rows.Select(Describe))}";
        }

        private async Task<object?> AnswerAsync(Call call)
        {
            var ledger = _store.Ledger;
            var key = new ShardKey(_run, call.Shard);
            if (call.Kind is Kind.Renew or Kind.Commit or Kind.CommitOther or Kind.Release or Kind.Fail && _granted.Count == 0)
            {
                return null;
            }

            var (shard, token) = _granted.Count == 0 ? default : _granted[call.Which % _granted.Count];
            switch (call.Kind)
            {
                case Kind.Acquire:
                    var lease = await ledger.AcquireAsync(key, $"node{call.Which}", Lease, default);
                    _granted.AddRange(lease is null ? [] : [(key, lease.Token)]);
                    return lease?.Token.Epoch;
                case Kind.Renew:
                    return (await ledger.RenewAsync([.. _granted.TakeLast(1 + call.Shard), (shard, token)], Lease, default)).Select(renewed => renewed.Index).Order();
                case Kind.Commit:
                    return await ledger.CommitAsync($"{_run}-{shard.Index}-{token.Epoch}", shard, token, new ShardOutput($"{call.Which}", null, call.Which), default);
                case Kind.CommitOther:
                    return await ledger.CommitAsync($"{_run}-{call.Shard}", shard, token, new ShardOutput($"{call.Which}", null, call.Which), default);
                case Kind.Release:
                    return await ledger.ReleaseAsync(shard, token, null, default);
                case Kind.Fail:
                    return await ledger.ReleaseAsync(shard, token, $"failure {call.Which}", default);
                case Kind.Add:
                    return await ledger.AddAsync($"{_run}-add-{call.Which % 4}", _run, [.. Enumerable.Repeat(Work(), call.Shard)], default);
                case Kind.Cancel:
                    await ledger.CancelAsync(_run, default);
                    return null;
                case Kind.Advance:
                    await _store.AdvanceAsync(call.Shard * Unit);
                    return null;
                default:
                    return await ledger.ListGrantableAsync(_run, call.Shard, 1 + (call.Which % 3), default);
            }
        }

        private string Describe(ShardRow row)
        {
            var isOurs = row.Token.Epoch == 0 || row.Token.Incarnation == _incarnation || row.State == ShardState.Cancelled;
            return $"{row.Key.Index} {row.State} {row.Token.Epoch} {isOurs} {row.Owner} {row.Expires is not null} {row.Failures} {row.Failure} {row.Output}";
        }

        private static ShardWork Work() => new() { Arguments = ["tokenize"] };
    }
}
