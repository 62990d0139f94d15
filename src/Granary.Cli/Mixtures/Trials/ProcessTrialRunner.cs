using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Granary.Cluster.Ledger;
using Granary.Core.Jobs;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Mixtures.Trials;

/// <summary>Makes each trial a proxy in a process of its own, wherever the launcher runs it. What the store holds is not trained again.</summary>
internal sealed class ProcessTrialRunner : ITrialRunner
{
    private readonly ProxyInputs _inputs;
    private readonly MixtureSpace _space;
    private readonly IJobLauncher _launcher;
    private readonly ProxyStore _store;
    private readonly Func<string, Trial> _trialOf;
    private readonly PoolClock _clock;

    // Proxies that run, by key: two trials of one content share one. Guarded by itself.
    private readonly Dictionary<string, Task<TrialResult>> _running = [];

    /// <summary>Creates the runner.</summary>
    /// <param name="inputs">What all proxies have in common.</param>
    /// <param name="space">What is mixed.</param>
    /// <param name="launcher">Who runs processes.</param>
    /// <param name="store">Where proxies lie.</param>
    /// <param name="trialOf">Finds a trial of an earlier round, which a later one is compared with.</param>
    /// <param name="clock">Measures how busy the launcher's places are.</param>
    public ProcessTrialRunner(ProxyInputs inputs, MixtureSpace space, IJobLauncher launcher, ProxyStore store, Func<string, Trial> trialOf, PoolClock clock)
    {
        (_inputs, _space, _launcher, _store, _trialOf, _clock) = (inputs, space, launcher, store, trialOf, clock);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TrialResult> RunAsync(IReadOnlyList<Trial> trials, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(trials);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var results = Channel.CreateUnbounded<TrialResult>();

        // The longest first, so that the last to end is a short one; places are given in the order of asking.
        Task[] running = [.. trials.OrderByDescending(CostOf).Select(trial => RunInto(results.Writer, trial, stop.Token))];
        var all = Task.WhenAll(running);
        _ = all.ContinueWith(ended => results.Writer.Complete(ended.Exception?.InnerException), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            await foreach (var result in results.Reader.ReadAllAsync(CancellationToken.None))
            {
                yield return result;
            }

            await all;
        }
        finally
        {
            // Whoever stops listening stops what is running too, and waits for it.
            await stop.CancelAsync();
            await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>What a trial is as a proxy.</summary>
    internal ProxySpec SpecOf(Trial trial)
    {
        var spec = new ProxySpec
        {
            Key = string.Empty,
            Run = string.Empty,
            Seed = trial.Seed,
            Weights = _space.ByName(trial.Weights),
            Kind = trial.Kind,
            Reference = trial.Reference is { } reference ? SpecOf(_trialOf(reference)).Key : null,
            GroupDro = trial.GroupDro,
            Trunk = _inputs.Mix.Proxy.TrunkSteps > 0 ? TrunkOf(trial.Seed).Key : null,
            KeepsModel = trial.Origin == TrialOrigin.Reference,
        };
        return spec with { Key = _inputs.KeyOf(spec) };
    }

    private static int CostOf(Trial trial)
    {
        return trial.Kind == TrialKind.GroupDro ? 2 : 1; // it asks the reference's model at every step too
    }

    private ProxySpec TrunkOf(long seed)
    {
        var spec = new ProxySpec { Key = string.Empty, Run = string.Empty, Seed = seed, Weights = new Dictionary<string, double>(), IsTrunk = true, KeepsModel = true };
        return spec with { Key = _inputs.KeyOf(spec) };
    }

    private async Task RunInto(ChannelWriter<TrialResult> results, Trial trial, CancellationToken cancellationToken)
    {
        var spec = SpecOf(trial);
        var failure = spec.Trunk is null ? null : (await RunOnce(TrunkOf(trial.Seed), cancellationToken)).Failure;
        var result = failure is null
            ? await RunOnce(spec, cancellationToken)
            : new TrialResult { Id = spec.Key, Score = double.NaN, Failure = $"The trunk of all proxies failed: {failure}" };
        results.TryWrite(result with { Id = trial.Id });
    }

    private Task<TrialResult> RunOnce(ProxySpec spec, CancellationToken cancellationToken)
    {
        lock (_running)
        {
            // One that has failed is run again when it is asked for again.
            if (!_running.TryGetValue(spec.Key, out var running) || running is { IsCompletedSuccessfully: true, Result.Failure: not null } or { IsCanceled: true } or { IsFaulted: true })
            {
                running = RunProxy(spec, cancellationToken);
                _running[spec.Key] = running;
            }

            return running;
        }
    }

    private async Task<TrialResult> RunProxy(ProxySpec spec, CancellationToken cancellationToken)
    {
        if (_store.Find(spec.Key) is { } kept)
        {
            return kept;
        }

        var hasBegun = false;
        var job = new JobSpec
        {
            Id = spec.Key,
            Arguments = JobWork.Trial(_store.Prepare(spec, _inputs.Folder.Path)),
            LogPath = _store.LogOf(spec.Key),
            Threads = _inputs.Mix.Proxy.Threads,
            Begun = () =>
            {
                _clock.Begin();
                hasBegun = true;
            },
        };
        JobOutcome outcome;
        TrialResult? result = null;
        try
        {
            outcome = await _launcher.RunAsync(job, cancellationToken);
            result = _store.Find(spec.Key);
        }
        finally
        {
            if (hasBegun)
            {
                _clock.End(result?.Seconds ?? 0);
            }
        }

        return result ?? new TrialResult
        {
            Id = spec.Key,
            Score = double.NaN,
            Failure = $"The proxy's process ended with '{outcome.ExitCode}' and left no result; see {job.LogPath}. It said last: {outcome.Message}",
        };
    }
}
