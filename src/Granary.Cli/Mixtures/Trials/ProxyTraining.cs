using System.Globalization;
using Granary.Checkpoints.Sharded;
using Granary.Cli.Stages;
using Granary.Cli.Terminal;
using Granary.Core.Randomness;
using Granary.Core.Runs;
using Granary.Data.Batching;
using Granary.Data.Shards;
using Granary.Models.Language;
using Granary.Pipelines.Climb.Search;
using Granary.Torch;
using Granary.Training;
using Granary.Training.GroupDro;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;

namespace Granary.Cli.Mixtures.Trials;

/// <summary>Trains one proxy and measures it. The result is a function of its specification and the run's shards, whatever runs beside it.</summary>
/// <remarks>
/// (1) the model: new, the trunk's, or that of mix.proxy.init_from; (2) steps on the mixture, going on from a checkpoint where the
/// proxy was killed; (3) metrics on the search's held-out documents. A loss that is not finite, or worse than knowing nothing,
/// is a result with a failure.
/// </remarks>
internal sealed class ProxyTraining
{
    private const string EventsName = "events.jsonl";

    private readonly ProxyInputs _inputs;
    private readonly ProxySpec _spec;
    private readonly string _folder;
    private readonly IRunView _view;
    private readonly TimeProvider _time;

    public ProxyTraining(ProxyInputs inputs, ProxySpec spec, string folder, IRunView view, TimeProvider time)
    {
        (_inputs, _spec, _folder, _view, _time) = (inputs, spec, folder, view, time);
    }

    // All steps so far, those before a kill too: the curve is made of them at the end.
    private string EventsPath => Path.Combine(_folder, EventsName);

    private ProxyConfig Config => _inputs.Mix.Proxy;

    private long StepsBefore => _spec.Trunk is null ? 0 : Config.TrunkSteps;

    private long TotalSteps => _spec.IsTrunk ? Config.TrunkSteps : Config.Steps;

    /// <summary>Trains; null when it was interrupted and can go on.</summary>
    public TrialResult? Run(long begun, CancellationToken cancellationToken)
    {
        torch.set_num_threads(Config.Threads);
        using var model = BuildModel();
        using var optimizer = ModelBuilder.BuildOptimizer(Config.Optimizer, model, _inputs.Config.Training.FusedKernels);
        var sampler = _inputs.Sampler(_spec, TotalSteps - StepsBefore);
        using var shards = ShardSet.Open(_inputs.ManifestPath);
        var law = _inputs.Config.Batching;
        using var loader = new BatchLoader(shards, sampler, lawAt: step => law.LawAt(step, sampler.TotalSteps));
        var (state, facts) = Begin(model, optimizer, sampler.OrderSha256);
        using var events = EventLog.Open(EventsPath, _time);
        events.RemoveWhere(reported => Resumption.IsReportedAgain(reported, state.Step));
        var result = new TrialResult { Id = _spec.Key, Score = double.NaN };
        try
        {
            var parts = Parts(model, optimizer, new BranchedBatches(loader, StepsBefore), events);
            var (outcome, learned) = Train(parts, sampler, state, facts, cancellationToken);
            if (!outcome.IsComplete)
            {
                return null;
            }

            result = result with { LearnedWeights = learned, Tokens = outcome.State.Tokens };
            result = _spec.IsTrunk ? result with { Score = outcome.FinalLoss } : Measured(result, model, cancellationToken);
        }
        catch (TrainingException exception)
        {
            result = result with { Failure = exception.Message };
        }

        result = result with { Curve = ProxyCurve.Of(EventLog.Read(EventsPath), TotalSteps, Config.CurvePoints), Seconds = _time.GetElapsedTime(begun).TotalSeconds };
        return Failed(WithUse(result, sampler));
    }

    private LanguageModel BuildModel()
    {
        return Config.Model.Build(
            _inputs.Tokenizer.VocabularySize, ahead: null, RandomKey.FromSeed(_spec.Seed).Use("model"), ModelBuilder.Kernels(_inputs.Config.Training.FusedKernels, Config.Precision));
    }

    private (TrainerState State, IReadOnlyDictionary<string, string>? Facts) Begin(LanguageModel model, IOptimizer optimizer, string order)
    {
        if (CheckpointReader.FindLatest(_folder) is { } own)
        {
            return (new Resumption(_folder, Config.Threads, _view).Resume(model, optimizer, order), CheckpointReader.Open(own).Manifest.Facts);
        }

        if (_spec.Trunk is { } trunk)
        {
            var checkpoint = CheckpointReader.Open(CheckpointReader.FindLatest(FolderOf(trunk))!);
            checkpoint.Load("model", model.named_parameters());
            checkpoint.Load("optimizer", optimizer.State);
            return (TrainerState.FromFacts(checkpoint.Manifest.Facts), null);
        }

        if (Config.InitFrom.Length > 0)
        {
            InitialWeights.Open(Config.InitFrom, _inputs.Tokenizer).Load("model", model.named_parameters());
        }

        return (new TrainerState(), null);
    }

    private TrainerParts Parts(LanguageModel model, IOptimizer optimizer, IBatchSource batches, EventLog events)
    {
        return new TrainerParts
        {
            Model = model,
            Batches = batches,
            Objective = new NextTokenConfig().Build(),
            Optimizer = optimizer,
            PeakLearningRate = Config.Optimizer.LearningRate,
            MaxGradNorm = Config.Optimizer.MaxGradNorm,
            Schedule = Config.Optimizer.Schedule.Build(Config.Steps),
            Key = RandomKey.FromSeed(_spec.Seed),
            Metrics = new MetricFanOut(events, _view),
            Checkpoints = KeepsState ? new CheckpointWriter(_folder, kept: 1) : null,
            Facts = new Dictionary<string, string>
            {
                ["order"] = batches.OrderSha256,
                ["threads"] = Config.Threads.ToString(CultureInfo.InvariantCulture),
                ["libtorch"] = torch.version,
                ["seed"] = _spec.Seed.ToString(CultureInfo.InvariantCulture),
            },
            Time = _time,
        };
    }

    private bool KeepsState => _spec.IsTrunk || _spec.KeepsModel || Config.CheckpointEvery > TimeSpan.Zero;

    private TrainingConfig Training => new()
    {
        Steps = TotalSteps,
        TokensPerMicrobatch = Config.TokensPerMicrobatch,
        Threads = Config.Threads,
        CheckpointEvery = Config.CheckpointEvery,
        KeepCheckpoints = 1,
        MaxSkippedSteps = 0,
        FusedKernels = _inputs.Config.Training.FusedKernels,
        Precision = Config.Precision,
    };

    private (TrainingOutcome Outcome, IReadOnlyList<double> Learned) Train(TrainerParts parts, BucketSampler sampler, TrainerState state, IReadOnlyDictionary<string, string>? facts, CancellationToken cancellationToken)
    {
        if (_spec.Kind == TrialKind.Mixture)
        {
            return (new Trainer(Training, parts, state, TotalSteps).Run(cancellationToken), []);
        }

        using var reference = BuildModel();
        CheckpointReader.Open(CheckpointReader.FindLatest(FolderOf(_spec.Reference!))!).Load("model", reference.named_parameters());
        var components = _inputs.Components.All.Select(component => component.Name).ToList();
        int[] domains = [.. sampler.Uses.Select(use => components.IndexOf(_inputs.Components.NameOf(use) ?? string.Empty))];
        var outcome = GroupDroTraining.Run(
            new GroupDroConfig { Eta = _spec.GroupDro!.StepSize, Smoothing = _spec.GroupDro.Smoothing },
            new GroupDroParts
            {
                Training = Training,
                Trainer = parts,
                Reference = reference,
                DomainsAt = step => [.. sampler.UsesAt(step).Select(use => domains[use])],
                SamplingWeights = [.. components.Select(name => _spec.Weights[name])],
                TotalSteps = TotalSteps,
                Start = state,
                ResumeFrom = facts,
            },
            cancellationToken);
        return (outcome.Training, outcome.Weights);
    }

    private TrialResult Measured(TrialResult result, LanguageModel model, CancellationToken cancellationToken)
    {
        model.eval();
        var metrics = ProxyMetrics.Of(model, _inputs, cancellationToken);
        return result with
        {
            Score = metrics.Score,
            Metrics = metrics.Values,
            DocumentNats = [.. metrics.OfObjective.Select(loss => loss.Nats)],
            DocumentTokens = [.. metrics.OfObjective.Select(loss => loss.Tokens)],
        };
    }

    private TrialResult WithUse(TrialResult result, BucketSampler sampler)
    {
        var uses = sampler.Uses.GroupBy(use => _inputs.Components.NameOf(use)).Where(uses => uses.Key is not null).ToList();
        var all = sampler.Uses.Sum(use => (double)use.TokensUsed);
        return result with
        {
            Realised = uses.ToDictionary(use => use.Key!, use => use.Sum(one => one.TokensUsed) / all),
            Epochs = uses.ToDictionary(use => use.Key!, use => use.Sum(one => one.TokensUsed) / (double)use.Sum(one => one.Tokens)),
        };
    }

    // Worse than knowing nothing of the text: no such run says anything about its mixture.
    private TrialResult Failed(TrialResult result)
    {
        var last = result.Curve.Count > 0 ? result.Curve[^1].Loss : double.NaN;
        var blind = Math.Log(_inputs.Tokenizer.VocabularySize);
        var reason = result switch
        {
            { Failure: not null } => result.Failure,
            _ when last > blind + 1 => string.Create(CultureInfo.InvariantCulture, $"The proxy diverged: its last loss is '{last:F2}' nats a token, but guessing among all ids alike costs {blind:F2}. Lower mix.proxy.optimizer.learning_rate."),
            _ when !double.IsFinite(result.Score) => $"A metric is '{result.Score}', no number: {string.Join(", ", result.Metrics.Where(metric => !double.IsFinite(metric.Value)).Select(metric => metric.Key))}.",
            _ => null,
        };
        return reason is null ? result : result with { Failure = reason, Score = double.NaN };
    }

    /// <summary>Removes what only an unfinished proxy needs.</summary>
    public void CleanUp()
    {
        File.Delete(EventsPath);
        if (!_spec.IsTrunk && !_spec.KeepsModel && CheckpointReader.FindLatest(_folder) is { } checkpoint)
        {
            File.Delete(Path.Combine(_folder, CheckpointWriter.LatestName));
            Directory.Delete(Path.GetDirectoryName(checkpoint)!, recursive: true);
        }
    }

    private string FolderOf(string key)
    {
        return Path.Combine(Path.GetDirectoryName(_folder)!, key);
    }
}
