using System.Globalization;
using Granary.Core.Files;
using Granary.Core.Runs;

namespace Granary.Checkpoints.Sharded;

/// <summary>
/// Keeps apart what different generations of ranks save. Each has a folder of its own for checkpoints and a pointer of its
/// own in it; what a run goes on from is the pointer in the run's folder, which only the holder of the folder's claim moves.
/// </summary>
/// <remarks>
/// Files cannot compare tokens, so a rank that was cut off may be anywhere between its look at the run's generation and its
/// write. Whatever it writes then stands where nobody looks, and it removes only what the run has left behind it.
/// </remarks>
/// <param name="RunFolder">The run's folder.</param>
/// <param name="Generation">The generation, from 1.</param>
public sealed record GenerationFence(string RunFolder, int Generation)
{
    /// <summary>The folder of the generation's checkpoints, below the run's.</summary>
    public string FolderName => string.Create(CultureInfo.InvariantCulture, $"{CheckpointWriter.FolderName}/generation-{Generation}");

    private string PointerPath => Path.Combine(RunFolder, FolderName, CheckpointWriter.LatestName);

    /// <summary>Looks whether the run is still trained by this generation.</summary>
    /// <exception cref="FencedException">It is not.</exception>
    public void Check()
    {
        var present = RunGeneration.Find(RunFolder)?.Number;
        if (present != Generation)
        {
            throw new FencedException(RunFolder, Generation, present);
        }
    }

    /// <summary>Whether a path below the run's folder is a later generation's.</summary>
    internal bool IsOfLater(string path)
    {
        const string Name = "generation-";
        var folder = Path.GetRelativePath(Path.Combine(RunFolder, CheckpointWriter.FolderName), path).Split(Path.DirectorySeparatorChar)[0];
        return folder.StartsWith(Name, StringComparison.Ordinal)
            && int.TryParse(folder.AsSpan(Name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
            && generation > Generation;
    }

    /// <summary>Points at what the generation has saved.</summary>
    internal void Point(string checkpoint)
    {
        AtomicFile.WriteText(PointerPath, $"{checkpoint}\n");
    }

    /// <summary>Makes what the generation saved last the checkpoint that the run goes on from; for the holder of the folder's claim.</summary>
    public void Promote()
    {
        if (!File.Exists(PointerPath))
        {
            return;
        }

        var saved = File.ReadAllText(PointerPath);
        var latest = Path.Combine(RunFolder, CheckpointWriter.LatestName);
        if (!File.Exists(latest) || File.ReadAllText(latest) != saved)
        {
            AtomicFile.WriteText(latest, saved);
        }
    }
}
