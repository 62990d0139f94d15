using System.Globalization;
using System.Security.Cryptography;
using Granary.Cluster.Generations;
using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;
using Granary.Core.Jobs;

namespace Granary.Cluster.Workers;

/// <summary>One lease from its grant to its end: the work is run, its output committed, or the lease given back with the reason.</summary>
internal sealed class LeasedWork : IDisposable
{
    /// <summary>What a process ends with that may not go on here, though nothing is wrong with its work.</summary>
    public const int TryElsewhere = 75;

    // What a process ends with that was asked to save and end.
    private const int Interrupted = 130;

    // Asked to end at 0.7 of the lease, it is over well before another node may have it.
    private const double EndingShare = 0.15;

    private readonly ShardLease _lease;
    private readonly LeaseKeys _keys;
    private readonly NodeDescription _node;
    private readonly CoordinatorClient _client;
    private readonly IJobLauncher _launcher;
    private readonly WorkerOptions _options;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _interruption = new();
    private readonly RankWords _words = new();
    private int _reason; // a StopReason; the first one stands
    private WorkToken? _token; // null before the work is started

    public LeasedWork(LeaseGrant grant, NodeDescription node, CoordinatorClient client, IJobLauncher launcher, WorkerOptions options, TimeProvider time)
    {
        (_lease, _keys, _node, _client, _launcher, _options, _time) = (grant.Lease, grant.Keys, node, client, launcher, options, time);
        OutputPath = _lease.Work.Output is { } output
            ? string.Create(CultureInfo.InvariantCulture, $"{Path.GetFullPath(output, options.Folder)}.{_lease.Token.Incarnation}-{_lease.Token.Epoch}")
            : null;
    }

    /// <summary>Where this grant's work writes; null where it publishes what it makes itself.</summary>
    public string? OutputPath { get; }

    /// <summary>The lease.</summary>
    public ShardLease Lease => _lease;

    /// <summary>The GPUs that the work sees, as CUDA_VISIBLE_DEVICES names them; none leaves it with those of this process.</summary>
    public IReadOnlyList<string> Gpus { get; init; } = [];

    /// <summary>How far the work is, for people; null before it says anything. What a rank says is read by who watches its generation.</summary>
    public string? Progress => IsRank ? _words.Progress.ToString() : _words.Shown;

    private bool IsRank => _lease.Kind == DatasetKind.Ranks;

    /// <summary>Asks work to save and end that others take up from where it stands, as a rank is; any other goes on.</summary>
    public void Interrupt()
    {
        if (IsRank)
        {
            Cancel(_interruption);
        }
    }

    /// <summary>Stops the work; its process is over soon after.</summary>
    public void Stop(StopReason reason)
    {
        Interlocked.CompareExchange(ref _reason, (int)reason, (int)StopReason.None);
        Cancel(_stop);
    }

    /// <summary>Runs the work and ends the lease; says in a sentence how it went.</summary>
    /// <exception cref="CoordinatorException">The coordinator does not answer any more, or refuses.</exception>
    public async Task<string> RunAsync()
    {
        if (new[] { OutputPath, WorkerFiles.LogOf(_options.Folder, _lease) }.FirstOrDefault(path => path is not null && !IsBelowFolder(path)) is { } outside)
        {
            return await GiveBackAsync($"'{outside}' is not below the folder '{_options.Folder}' that all nodes see, and work writes nowhere else.");
        }

        try
        {
            _stop.Token.ThrowIfCancellationRequested();
            if (await MeetAsync() is not { } meeting)
            {
                return "was given up before all ranks had met: its lease is lost";
            }

            var outcome = await _launcher.RunAsync(JobOf(meeting), _stop.Token);
            if (outcome.IsDone)
            {
                return await CommitAsync(OutputPath is null ? new ShardOutput(Path: null, Sha256: null, Bytes: 0) : await OutputOfAsync(OutputPath));
            }

            RemoveOutput();
            return await GiveBackAsync(FailureOf(outcome));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return await EndStoppedAsync();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            return await GiveBackAsync($"It could not be run, or its output not be read: {exception.Message}");
        }
    }

    public void Dispose()
    {
        _token?.Dispose();
        _stop.Dispose();
        _interruption.Dispose();
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself meanwhile.
        }
    }

    private bool IsBelowFolder(string path)
    {
        return path.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(_options.Folder)) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }

    // A rank starts once all of its generation have a place, so that none waits for one that never comes.
    private async Task<IReadOnlyDictionary<string, string>?> MeetAsync()
    {
        if (!IsRank)
        {
            return new Dictionary<string, string>();
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _interruption.Token);
        try
        {
            return await RankPlace.MeetAsync(_lease, _keys, _node, _client, either.Token);
        }
        catch (OperationCanceledException) when (_interruption.IsCancellationRequested)
        {
            Stop(StopReason.Draining);
            throw;
        }
    }

    private string? FailureOf(JobOutcome outcome)
    {
        return outcome.ExitCode == TryElsewhere || (IsRank && outcome.ExitCode == Interrupted) ? null
            : IsRank ? _words.FailureOf(outcome.ExitCode) : $"It ended with '{outcome.ExitCode}'. It said last: {outcome.Message}";
    }

    private JobSpec JobOf(IReadOnlyDictionary<string, string> meeting)
    {
        var (shard, work) = (_lease.Shard, _lease.Work);
        if (OutputPath is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(OutputPath)!);
        }

        _token = WorkToken.Write(_options.TokenFolder, LeaseId.Of(_lease), _keys.Work);
        return new JobSpec
        {
            Id = shard.ToString(),
            Arguments = [.. work.Arguments.Select(argument => argument.Replace(ShardWork.OutputPlaceholder, OutputPath, StringComparison.Ordinal))],
            LogPath = WorkerFiles.LogOf(_options.Folder, _lease),
            Threads = work.Threads,
            WorkingFolder = _options.Folder,
            StopTime = _lease.Time * EndingShare,
            Interruption = _interruption.Token,
            Said = _words.Take,
            Environment = VariablesOf(GpuVariables(), work.Environment, meeting, new Dictionary<string, string> { [CoordinatorOptions.JobVariable] = _lease.Job, [CoordinatorOptions.TokenFileVariable] = _token.Path }),
        };
    }

    private IEnumerable<KeyValuePair<string, string>> GpuVariables() => Gpus.Count == 0 ? [] : [new(NodeGpus.Variable, string.Join(',', Gpus))];

    // What is named last counts.
    private Dictionary<string, string> VariablesOf(params IEnumerable<KeyValuePair<string, string>>[] sources)
    {
        return _options.Environment.Concat(sources.SelectMany(source => source)).GroupBy(variable => variable.Key).ToDictionary(same => same.Key, same => same.Last().Value);
    }

    private async Task<string> CommitAsync(ShardOutput output)
    {
        // One operation a grant: sent however often, it makes the shard done once.
        var operation = OperationId.Of("commit", LeaseId.Of(_lease).ToString());
        switch (await TryAsync(cancellation => _client.CommitAsync(new CommitRequest(operation, _lease.Shard, _lease.Token, output), _keys, cancellation)))
        {
            case true:
                return output.Path is null ? "is done" : string.Create(CultureInfo.InvariantCulture, $"is done: {output.Bytes:N0} bytes");
            case false:
                RemoveOutput();
                return "was finished too late: its lease was over";
            case null:
                // The file stays: the commit may have taken place.
                return "was finished, but the coordinator has not said whether it was committed";
        }
    }

    private async Task<string> EndStoppedAsync()
    {
        RemoveOutput();
        switch ((StopReason)_reason)
        {
            case StopReason.Lost:
                return "was stopped: its lease is lost";
            case StopReason.Overdue:
                await GiveBackAsync(failure: null);
                return "was stopped: the coordinator has not lengthened its lease in time";
            default:
                await GiveBackAsync(failure: null);
                return "was stopped and given back: this worker ends";
        }
    }

    private async Task<string> GiveBackAsync(string? failure)
    {
        var isTaken = await TryAsync(cancellation => _client.ReleaseAsync(new ReleaseRequest(_lease.Shard, _lease.Token, failure), _keys, cancellation));
        return (failure is null ? "was given back" : $"failed. {failure}") + (isTaken == false ? " Its lease was over." : string.Empty);
    }

    // Whoever cannot say it for two leases' time need not say it any more: the lease is over by itself. Null where nobody knows what came of it.
    private async Task<bool?> TryAsync(Func<CancellationToken, Task<bool>> say)
    {
        using var over = new CancellationTokenSource(_lease.Time * 2, _time);
        try
        {
            return await say(over.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private void RemoveOutput()
    {
        if (OutputPath is not null)
        {
            File.Delete(OutputPath);
        }
    }

    private async Task<ShardOutput> OutputOfAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return new ShardOutput(path, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, _stop.Token)), file.Length);
    }
}
