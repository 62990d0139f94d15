namespace Granary.Cluster.Ledger.Tests;

/// <summary>The ledger as its interface tells it, slow and obvious: lists in memory. The stores are compared with it, and the simulation runs on it.</summary>
internal sealed class ReferenceLedger : IClusterLedger
{
    private readonly TimeProvider _clock;
    private readonly PlantedBug _bug;
    private readonly Lock _turn = new();

    // Guarded by _turn where the ledger is called through its interface.
    private ReferenceTables _tables = new();

    public ReferenceLedger(TimeProvider clock, PlantedBug bug = PlantedBug.None)
    {
        _clock = clock;
        _bug = bug;
    }

    /// <summary>The ledger's lines, in the order of their commits.</summary>
    public IReadOnlyList<ReferenceTables.Line> Lines => _tables.Lines;

    private DateTimeOffset Now => _clock.GetUtcNow();

    public long Open()
    {
        if (_tables.Incarnation == 0)
        {
            Raise();
        }

        return _tables.Incarnation;
    }

    public ReferenceTables Copy() => _tables.Copy();

    /// <summary>Goes on from an older copy: with a later incarnation, and without leases.</summary>
    public void Restore(ReferenceTables copy)
    {
        _tables = copy.Copy();
        if (_bug != PlantedBug.KeepsTheIncarnation)
        {
            Raise();
        }
    }

    public void Create(DatasetSpec dataset)
    {
        LedgerRules.Check(dataset);
        var before = _tables.Datasets.Find(entry => entry.Spec.Id == dataset.Id);
        if (before is not null)
        {
            _ = before.Fingerprint == LedgerRules.Fingerprint(dataset) ? 0 : throw LedgerRules.OtherDataset(dataset.Id);
            return;
        }

        var made = new ReferenceTables.Dataset { Spec = dataset with { Shards = [] }, Fingerprint = LedgerRules.Fingerprint(dataset) };
        made.Shards.AddRange(dataset.Shards.Select(work => new ReferenceTables.Shard { Work = work }));
        _tables.Datasets.Add(made);
    }

    public int Add(string operation, string dataset, IReadOnlyList<ShardWork> shards)
    {
        LedgerRules.CheckOperation(operation);
        if (FindAnswer(operation, LedgerRules.AddRequest(dataset, shards)) is { } answer && _bug != PlantedBug.AddsAgain)
        {
            return answer;
        }

        var found = _tables.Datasets.Find(entry => entry.Spec.Id == dataset) ?? throw LedgerRules.NoDataset(dataset);
        if (found.IsCancelled)
        {
            throw LedgerRules.CancelledDataset(dataset);
        }

        var first = found.Shards.Count;
        found.Shards.AddRange(shards.Select(work => new ReferenceTables.Shard { Work = work }));
        _tables.Answers[operation] = (LedgerRules.AddRequest(dataset, shards), first);
        found.Adds.Add(operation);
        return first;
    }

    public IReadOnlyList<ShardRow> List(string dataset, int from, int count)
    {
        return ShardsOf(dataset).Select((shard, index) => shard.ToRow(new ShardKey(dataset, index))).Where(row => !IsRemoved(row.Key)).Where(row => row.Key.Index >= from).Take(count).ToList();
    }

    public IReadOnlyList<int> ListGrantable(string dataset, int from, int count)
    {
        var shards = ShardsOf(dataset);
        return Enumerable.Range(0, shards.Count).Skip(from).Where(index => !IsRemoved(new ShardKey(dataset, index)) && IsGrantable(shards[index])).Take(count).ToList();
    }

    public ShardLease? Acquire(ShardKey key, string owner, TimeSpan time)
    {
        if (Find(key) is not { } shard || !IsGrantable(shard))
        {
            return null;
        }

        var epoch = _bug == PlantedBug.KeepsTheEpochAtGrants ? Math.Max(1, shard.Token.Epoch) : shard.Token.Epoch + 1;
        shard.State = ShardState.Leased;
        shard.Owner = owner;
        shard.Token = new LeaseToken(_tables.Incarnation, epoch);
        shard.Expires = Now + time;
        var dataset = _tables.Datasets.Single(entry => entry.Spec.Id == key.Dataset).Spec;
        return new ShardLease(key, dataset.Job, dataset.Kind, shard.Token, time, shard.Work);
    }

    public IReadOnlySet<ShardKey> Renew(IReadOnlyList<(ShardKey Shard, LeaseToken Token)> leases, TimeSpan time)
    {
        var renewed = new HashSet<ShardKey>();
        foreach (var (key, token) in leases)
        {
            var shard = Find(key);
            var isTokens = shard is not null && (IsTokens(shard, token) || (_bug == PlantedBug.RenewsAnyToken && shard.State == ShardState.Leased));
            if (isTokens && (!IsOver(shard!) || _bug == PlantedBug.RenewsAfterTheEnd))
            {
                shard!.Expires = Now + time;
                renewed.Add(key);
            }
        }

        return renewed;
    }

    public bool Commit(string operation, ShardKey key, LeaseToken token, ShardOutput output)
    {
        LedgerRules.CheckOperation(operation);
        var request = LedgerRules.CommitRequest(key, token);
        if (FindAnswer(operation, request) is not null && _bug != PlantedBug.ForgetsAnswers)
        {
            return true;
        }

        if (_bug == PlantedBug.AnswersBeforeTheEffect)
        {
            _tables.Answers[operation] = (request, 1);
        }

        if (_bug == PlantedBug.WritesTheLineApart)
        {
            _tables.Lines.Add(new ReferenceTables.Line(key, token, operation, output));
        }

        if (Find(key) is not { } shard || !MayCommit(shard, token))
        {
            return false;
        }

        shard.State = ShardState.Done;
        shard.Expires = null;
        shard.Output = output;
        if (_bug != PlantedBug.WritesTheLineApart)
        {
            _tables.Lines.Add(new ReferenceTables.Line(key, token, operation, output));
        }

        _tables.Answers[operation] = (request, 1);
        return true;
    }

    public bool Release(ShardKey key, LeaseToken token, string? failure)
    {
        if (Find(key) is not { } shard || !(IsTokens(shard, token) || (_bug == PlantedBug.ReleasesWithAnyToken && shard.State == ShardState.Leased)))
        {
            return false;
        }

        shard.Expires = null;
        shard.State = ShardState.Free;
        if (failure is not null)
        {
            var most = _tables.Datasets.Single(entry => entry.Spec.Id == key.Dataset).Spec.MostFailures;
            shard.Failure = failure;
            shard.Failures++;
            shard.State = shard.Failures < most ? ShardState.Free : ShardState.Failed;
        }

        return true;
    }

    public void Cancel(string dataset)
    {
        if (_tables.Datasets.Find(entry => entry.Spec.Id == dataset) is not { } found)
        {
            return;
        }

        found.IsCancelled = true;
        foreach (var shard in found.Shards.Where(shard => shard.State is not ShardState.Done and not ShardState.Cancelled))
        {
            if (_bug == PlantedBug.CancelsWithoutFence && shard.State == ShardState.Leased)
            {
                continue;
            }

            shard.State = ShardState.Cancelled;
            shard.Expires = null;
            shard.Token = shard.Token with { Epoch = shard.Token.Epoch + 1 };
        }
    }

    public int Remove(string job, int most)
    {
        if (_tables.Datasets.Find(entry => entry.Spec.Job == job) is not { } dataset)
        {
            return 0;
        }

        // What is gone leaves its place, as others keep theirs.
        var left = dataset.Shards.Index().Where(entry => !dataset.Removed.Contains(entry.Index)).Take(most).Select(entry => new ShardKey(dataset.Spec.Id, entry.Index)).ToList();
        foreach (var key in left)
        {
            foreach (var line in _tables.Lines.Where(line => line.Shard == key))
            {
                _tables.Answers.Remove(line.Operation);
            }

            _tables.Lines.RemoveAll(line => line.Shard == key);
            dataset.Removed.Add(key.Index);
        }

        if (left.Count > 0)
        {
            return left.Count;
        }

        dataset.Adds.ForEach(operation => _tables.Answers.Remove(operation));
        _tables.Datasets.Remove(dataset);
        return 1;
    }

    Task<long> IClusterLedger.OpenAsync(CancellationToken cancellationToken) => Answer(Open);

    Task IClusterLedger.CreateAsync(DatasetSpec dataset, CancellationToken cancellationToken) => Answer(() => { Create(dataset); return true; });

    Task<int> IClusterLedger.AddAsync(string operation, string dataset, IReadOnlyList<ShardWork> shards, CancellationToken cancellationToken) => Answer(() => Add(operation, dataset, shards));

    Task<DatasetSpec?> IClusterLedger.FindAsync(string dataset, CancellationToken cancellationToken) => Answer(() => _tables.Datasets.Find(entry => entry.Spec.Id == dataset)?.Spec);

    Task<IReadOnlyList<string>> IClusterLedger.ListDatasetsAsync(string? job, CancellationToken cancellationToken)
    {
        return Answer<IReadOnlyList<string>>(() => _tables.Datasets.Where(entry => job is null || entry.Spec.Job == job).Select(entry => entry.Spec.Id).ToList());
    }

    Task<IReadOnlyList<ShardRow>> IClusterLedger.ListAsync(string dataset, int from, int count, CancellationToken cancellationToken) => Answer(() => List(dataset, from, count));

    Task<IReadOnlyDictionary<ShardState, int>> IClusterLedger.CountAsync(string dataset, CancellationToken cancellationToken)
    {
        return Answer<IReadOnlyDictionary<ShardState, int>>(() => ShardsOf(dataset).Where((_, index) => !IsRemoved(new ShardKey(dataset, index))).GroupBy(shard => shard.State).ToDictionary(group => group.Key, group => group.Count()));
    }

    Task<IReadOnlyList<int>> IClusterLedger.ListGrantableAsync(string dataset, int from, int count, CancellationToken cancellationToken) => Answer(() => ListGrantable(dataset, from, count));

    Task<ShardLease?> IClusterLedger.AcquireAsync(ShardKey shard, string owner, TimeSpan time, CancellationToken cancellationToken) => Answer(() => Acquire(shard, owner, time));

    Task<bool> IClusterLedger.HoldsAsync(ShardKey shard, LeaseToken token, CancellationToken cancellationToken) => Answer(() => Find(shard) is { } found && IsTokens(found, token) && !IsOver(found));

    Task<IReadOnlySet<ShardKey>> IClusterLedger.RenewAsync(IReadOnlyList<(ShardKey Shard, LeaseToken Token)> leases, TimeSpan time, CancellationToken cancellationToken) => Answer(() => Renew(leases, time));

    Task<bool> IClusterLedger.CommitAsync(string operation, ShardKey shard, LeaseToken token, ShardOutput output, CancellationToken cancellationToken) => Answer(() => Commit(operation, shard, token, output));

    Task<bool> IClusterLedger.ReleaseAsync(ShardKey shard, LeaseToken token, string? failure, CancellationToken cancellationToken) => Answer(() => Release(shard, token, failure));

    Task<int> IClusterLedger.RemoveAsync(string job, int most, CancellationToken cancellationToken) => Answer(() => Remove(job, most));

    Task IClusterLedger.CancelAsync(string dataset, CancellationToken cancellationToken) => Answer(() => { Cancel(dataset); return true; });

    // What a call throws is thrown by its task.
    private Task<T> Answer<T>(Func<T> call)
    {
        lock (_turn)
        {
            try
            {
                return Task.FromResult(call());
            }
            catch (Exception exception)
            {
                return Task.FromException<T>(exception);
            }
        }
    }

    private void Raise()
    {
        _tables.Incarnation = _bug == PlantedBug.CountsIncarnations ? _tables.Incarnation + 1 : LedgerRules.NextIncarnation(_tables.Incarnation, Now);
        if (_bug == PlantedBug.KeepsLeasesAtRestores)
        {
            return;
        }

        foreach (var shard in _tables.Datasets.SelectMany(dataset => dataset.Shards).Where(shard => shard.State == ShardState.Leased))
        {
            shard.State = ShardState.Free;
            shard.Expires = null;
        }
    }

    // A lease holds while now < its end, and may be granted from now = its end on: never both, never neither.
    private bool IsOver(ReferenceTables.Shard shard) => _bug == PlantedBug.HoldsAtTheEnd ? shard.Expires < Now : shard.Expires <= Now;

    private bool IsGrantable(ReferenceTables.Shard shard)
    {
        var margin = _bug == PlantedBug.GrantsBeforeTheEnd ? TimeSpan.FromSeconds(1) : TimeSpan.Zero;
        return shard.State == ShardState.Free || (shard.State == ShardState.Leased && shard.Expires <= Now + margin);
    }

    private bool MayCommit(ReferenceTables.Shard shard, LeaseToken token)
    {
        return _bug switch
        {
            PlantedBug.CommitsWithAnyToken => shard.State == ShardState.Leased,
            PlantedBug.CommitsAfterTheEnd => IsTokens(shard, token),
            PlantedBug.CommitsWhatWasGivenBack => shard.Token == token && (shard.State == ShardState.Free || (shard.State == ShardState.Leased && !IsOver(shard))),
            _ => IsTokens(shard, token) && !IsOver(shard),
        };
    }

    private static bool IsTokens(ReferenceTables.Shard shard, LeaseToken token) => shard.State == ShardState.Leased && shard.Token == token;

    private int? FindAnswer(string operation, string request)
    {
        if (!_tables.Answers.TryGetValue(operation, out var found))
        {
            return null;
        }

        return found.Request == request ? found.Answer : throw LedgerRules.OtherRequest(operation);
    }

    private List<ReferenceTables.Shard> ShardsOf(string dataset) => _tables.Datasets.Find(entry => entry.Spec.Id == dataset)?.Shards ?? [];

    private bool IsRemoved(ShardKey key) => _tables.Datasets.Find(entry => entry.Spec.Id == key.Dataset)?.Removed.Contains(key.Index) == true;

    private ReferenceTables.Shard? Find(ShardKey key) => IsRemoved(key) ? null : ShardsOf(key.Dataset).ElementAtOrDefault(key.Index);
}
