using System.Globalization;
using System.Text;
using Granary.Checkpoints.Sharded;
using Granary.Cli.Stages;
using Granary.Cli.Terminal;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Core.Runs;
using Granary.Models.Language;
using Granary.Pipelines.Mazes;
using Granary.Torch;
using Granary.Training;

namespace Granary.Cli.Mazes;

/// <summary>Trains a model on mazes, from its beginning or from the newest checkpoint, and measures it.</summary>
internal sealed class MazeTraining
{
    private readonly MazeRunConfig _config;
    private readonly RunFolder _folder;
    private readonly IRunView _view;
    private readonly TimeProvider _time;

    public MazeTraining(MazeRunConfig config, RunFolder folder, IRunView view, TimeProvider time)
    {
        _config = config;
        _folder = folder;
        _view = view;
        _time = time;
    }

    private int Threads => _config.Training.Threads > 0 ? _config.Training.Threads : Environment.ProcessorCount;

    /// <summary>Runs; false when it was interrupted and can go on.</summary>
    internal bool Run(CancellationToken cancellationToken)
    {
        torch.set_num_threads(Threads);
        DeviceChoice.Use(_config.Training);
        if (DeviceChoice.WarningOf(_config.Training) is { } warning)
        {
            _view.Warn(warning);
        }

        var (training, validation) = Generate();
        using var model = TrainedMazeModel.Build(_config, training.Vocabulary);
        model.Checkpointing = _config.Training.ActivationCheckpointing;
        _view.BeginStage(TrainStage.Name, $"{_config.Objective.TypeName} with {model.Spec.ParameterCount():N0} parameters on {Threads} threads");
        using var optimizer = ModelBuilder.BuildOptimizer(_config.Optimizer, model, _config.Training.FusedKernels);
        var batches = new MazeBatchSource(training, _config.Mazes.RowsPerStep, _config.Training.Steps, _config.Seed, _config.Mazes.ToTargets());
        var state = new Resumption(_folder.Path, Threads, _view) { Device = DeviceChoice.Describe(_config.Training) }.Resume(model, optimizer, batches.OrderSha256);
        if (state.Step > 0)
        {
            _view.Say($"going on from step {state.Step:N0}");
        }

        using var events = EventLog.Open(_folder.EventsPath, _time);
        var isComplete = state.Step >= batches.TotalSteps;
        if (!isComplete)
        {
            events.RemoveWhere(reported => Resumption.IsReportedAgain(reported, state.Step));
            var parts = new TrainerParts
            {
                Model = model,
                Batches = batches,
                Objective = _config.BuildObjective(training.Vocabulary),
                Optimizer = optimizer,
                PeakLearningRate = _config.Optimizer.LearningRate,
                MaxGradNorm = _config.Optimizer.MaxGradNorm,
                Schedule = _config.Optimizer.Schedule.Build(batches.TotalSteps),
                Key = RandomKey.FromSeed(_config.Seed),
                Metrics = new MetricFanOut(events, _view),
                Checkpoints = new CheckpointWriter(_folder.Path, _config.Training.KeepCheckpoints),
                Facts = Facts(batches),
                Files = new Dictionary<string, byte[]> { [TrainedMazeModel.ConfigFileName] = Encoding.UTF8.GetBytes(ConfigurationFile.Write(_config)) },
                Evaluate = step => Measure(model, validation, _config.Evaluation.Mazes, (step, state.Tokens), events, cancellationToken),
                Time = _time,
            };
            isComplete = new Trainer(_config.Training, parts, state, batches.TotalSteps).Run(cancellationToken).IsComplete;
        }

        _view.EndStage(TrainStage.Name, $"{state.Step:N0} of {batches.TotalSteps:N0} steps, {state.Tokens:N0} tokens", wasSkipped: false);
        if (isComplete)
        {
            MeasureAtEnd(model, validation, state, events, cancellationToken);
        }

        return isComplete;
    }

    private (MazeTokenSet Training, MazeTokenSet Validation) Generate()
    {
        var mazes = _config.Mazes;
        _view.BeginStage("mazes", $"generate {mazes.TrainingMazes:N0} mazes of {mazes.Size} by {mazes.Size} cells to learn from and {mazes.ValidationMazes:N0} to measure on");
        var training = MazeTokenSet.Generate(mazes.ToKind(), mazes.Size, MazeSplit.Training, _config.Seed, mazes.TrainingMazes);
        var validation = MazeTokenSet.Generate(mazes.ToKind(), mazes.Size, MazeSplit.Validation, _config.Seed, mazes.ValidationMazes);
        _view.EndStage("mazes", $"{training.Tokens:N0} tokens, at most {training.Longest} a maze", wasSkipped: false);
        return (training, validation);
    }

    private void Measure(LanguageModel model, MazeTokenSet set, int count, (long Step, long Tokens) at, EventLog events, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return; // the run is about to save and end; what goes on from there is measured at its next evaluation
        }

        var score = new MazeSolver(_config, set.Vocabulary, model).Score(set, count, CancellationToken.None);
        var reported = MazeReport.Event(score, at.Step, at.Tokens);
        events.Write(reported);
        _view.Write(reported);
        _view.Say($"step {at.Step:N0}: {MazeReport.Sentence(score, set.Vocabulary.Kind)}");
    }

    private void MeasureAtEnd(LanguageModel model, MazeTokenSet set, TrainerState state, EventLog events, CancellationToken cancellationToken)
    {
        events.RemoveWhere(earlier => earlier.Kind == MazeReport.EventKind && earlier.Step == state.Step);
        Measure(model, set, _config.Evaluation.FinalMazes > 0 ? _config.Evaluation.FinalMazes : set.Count, (state.Step, state.Tokens), events, cancellationToken);
    }

    private Dictionary<string, string> Facts(MazeBatchSource batches)
    {
        return new Dictionary<string, string>
        {
            ["order"] = batches.OrderSha256,
            ["threads"] = Threads.ToString(CultureInfo.InvariantCulture),
            ["device"] = DeviceChoice.Describe(_config.Training),
            ["libtorch"] = torch.version,
            ["seed"] = _config.Seed.ToString(CultureInfo.InvariantCulture),
        };
    }
}
