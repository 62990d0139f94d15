using System.Globalization;
using Granary.Checkpoints;
using Granary.Checkpoints.Sharded;
using Granary.Cli.Ranks;
using Granary.Cli.Terminal;
using Granary.Core.Runs;
using Granary.Models.Language;
using Granary.Training;
using Granary.Training.Optimizers;
using Granary.Training.Parallel;

namespace Granary.Cli.Stages;

/// <summary>Goes on with a run from its newest checkpoint; all ranks from the one that rank 0 sees.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Threads">Threads of this process.</param>
/// <param name="View">Who hears that something is not as it was.</param>
/// <param name="World">The ranks that this process trains with; null where it trains by itself.</param>
internal sealed record Resumption(string Folder, int Threads, IRunView View, RankWorld? World = null)
{
    private const string Nothing = "";

    /// <summary>What this process trains on, as <see cref="DeviceChoice.Describe"/> says it.</summary>
    internal string Device { get; init; } = DeviceChoice.Cpu;

    /// <summary>What keeps this process from another generation's files; null where ranks are not placed by generations.</summary>
    internal GenerationFence? Fence { get; init; }

    /// <summary>Whether an event will be written again by a run that has so many steps behind it.</summary>
    internal static bool IsReportedAgain(RunEvent reported, long stepsDone)
    {
        // Steps count from 0, so the one numbered as many as are done is still to be taken; checkpoints and evaluations are
        // named after the steps done, and those of this checkpoint stand.
        return reported.Step > stepsDone || (reported.Step == stepsDone && reported.Kind is ("step" or "skip"));
    }

    /// <summary>Loads model and optimizer and says where the run stands: at its beginning where there is no checkpoint.</summary>
    /// <exception cref="CheckpointException">The checkpoint was made with data in another order, or ranks see different ones.</exception>
    internal TrainerState Resume(LanguageModel model, IOptimizer optimizer, string order, DataParallel? parallel = null)
    {
        if (Newest() is not { } path)
        {
            return new TrainerState();
        }

        var checkpoint = CheckpointReader.Open(path);
        var facts = checkpoint.Manifest.Facts;
        World?.RequireSame(checkpoint.Manifest.Digest, "checkpoint", path);
        if (facts["order"] != order)
        {
            throw new CheckpointException(path, $"The checkpoint was made with another order of the data ('{facts["order"][..12]}') than this run has ('{order[..12]}'); give the run its old data and configuration back, or another name.");
        }

        WarnOfOtherBits(facts);
        if (parallel is not null)
        {
            parallel.Load(checkpoint, optimizer);
        }
        else
        {
            checkpoint.Load("model", model.named_parameters());
            checkpoint.Load("optimizer", optimizer.State);
        }

        return TrainerState.FromFacts(facts);
    }

    private string? Newest()
    {
        string Find()
        {
            new CheckpointWriter(Folder, kept: 0, Fence).RemoveLeftovers();
            return CheckpointReader.FindLatest(Folder) is { } found ? Path.GetRelativePath(Folder, found) : Nothing;
        }

        // Folders may lie elsewhere on other machines, so what is agreed on is the path from the run's.
        var name = World is { } world ? world.FromFirst(Find) : Find();
        return name == Nothing ? null : Path.Combine(Folder, name);
    }

    private void WarnOfOtherBits(IReadOnlyDictionary<string, string> facts)
    {
        var (threads, mesh) = (Threads.ToString(CultureInfo.InvariantCulture), World?.Grid ?? RankWorld.SingleGrid);
        var made = facts.GetValueOrDefault("mesh", RankWorld.SingleGrid);
        if (facts.GetValueOrDefault("device", DeviceChoice.Cpu) is { } device && device != Device)
        {
            View.Warn($"The checkpoint was made on '{device}' and this process trains on '{Device}': the run goes on, but not with the bits of a run that never stopped.");
        }

        if (World is { IsFirst: false } || (facts["threads"] == threads && made == mesh))
        {
            return;
        }

        var difference = made == mesh ? $"with {facts["threads"]} threads and this process has {threads}" : $"by {facts.GetValueOrDefault("ranks", "1")} rank(s) ({made}) of {facts["threads"]} threads, and here are {World?.Mesh.Size ?? 1} ({mesh}) of {threads}";
        View.Warn($"The checkpoint was made {difference}: the run goes on, but not with the bits of a run that never stopped.");
    }
}
