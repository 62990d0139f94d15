using System.Globalization;
using Granary.Checkpoints;
using Granary.Checkpoints.Sharded;
using Granary.Cli.Terminal;
using Granary.Core.Runs;
using Granary.Models.Language;
using Granary.Training;
using Granary.Training.Optimizers;

namespace Granary.Cli.Stages;

/// <summary>Goes on with a run from its newest checkpoint.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Threads">Threads of this process.</param>
/// <param name="View">Who hears that something is not as it was.</param>
internal sealed record Resumption(string Folder, int Threads, IRunView View)
{
    /// <summary>Whether an event will be written again by a run that has so many steps behind it.</summary>
    internal static bool IsReportedAgain(RunEvent reported, long stepsDone)
    {
        // Steps count from 0, so the one numbered as many as are done is still to be taken; checkpoints and evaluations are
        // named after the steps done, and those of this checkpoint stand.
        return reported.Step > stepsDone || (reported.Step == stepsDone && reported.Kind is ("step" or "skip"));
    }

    /// <summary>Loads model and optimizer and says where the run stands: at its beginning where there is no checkpoint.</summary>
    /// <exception cref="CheckpointException">The checkpoint was made with data in another order.</exception>
    internal TrainerState Resume(LanguageModel model, IOptimizer optimizer, string order)
    {
        new CheckpointWriter(Folder, kept: 0).RemoveLeftovers();
        if (CheckpointReader.FindLatest(Folder) is not { } path)
        {
            return new TrainerState();
        }

        var checkpoint = CheckpointReader.Open(path);
        var facts = checkpoint.Manifest.Facts;
        if (facts["order"] != order)
        {
            throw new CheckpointException(path, $"The checkpoint was made with another order of the data ('{facts["order"][..12]}') than this run has ('{order[..12]}'); give the run its old data and configuration back, or another name.");
        }

        if (facts["threads"] != Threads.ToString(CultureInfo.InvariantCulture))
        {
            View.Warn($"The checkpoint was made with {facts["threads"]} threads and this process has {Threads}: the run goes on, but not with the bits of a run that never stopped.");
        }

        checkpoint.Load("model", model.named_parameters());
        checkpoint.Load("optimizer", optimizer.State);
        return TrainerState.FromFacts(facts);
    }
}
