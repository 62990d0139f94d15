using System.Globalization;
using Granary.Checkpoints.Sharded;
using Granary.Cli.Cluster;
using Granary.Cli.Stages;
using Granary.Training;

namespace Granary.Cli.Ranks;

/// <summary>The training stage of a process that lets ranks train: it starts them, here or on the nodes of a cluster, unless all steps are done.</summary>
internal static class LaunchedTraining
{
    internal static TrainingOutcome Run(RunContext context, CancellationToken cancellationToken)
    {
        var plan = TrainingPlan.Find(context.PathOf(TrainStage.Name, TrainingPlan.FileName));
        var state = Saved(context);
        if (plan is not null && state.Step >= plan.TotalSteps)
        {
            context.View.BeginStage(TrainStage.Name, "all steps are done");
            context.View.EndStage(TrainStage.Name, string.Create(CultureInfo.InvariantCulture, $"{state.Step:N0} steps, {state.Tokens:N0} tokens"), wasSkipped: true);
            return new TrainingOutcome(state, IsComplete: true, double.NaN);
        }

        using var connection = ClusterConnection.Open(context);
        var isComplete = connection is null ? new RankLauncher(context).Run(cancellationToken) : new PlacedTraining(context, connection).Run(cancellationToken);
        return new TrainingOutcome(Saved(context), isComplete, double.NaN);
    }

    private static TrainerState Saved(RunContext context)
    {
        return CheckpointReader.FindLatest(context.Folder.Path) is { } path
            ? TrainerState.FromFacts(CheckpointReader.Open(path).Manifest.Facts)
            : new TrainerState();
    }
}
