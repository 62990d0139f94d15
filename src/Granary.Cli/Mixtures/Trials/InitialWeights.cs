using Granary.Checkpoints.Sharded;
using Granary.Cli.Stages;
using Granary.Data.Tokenization;

namespace Granary.Cli.Mixtures.Trials;

/// <summary>The checkpoint that proxies begin from.</summary>
internal static class InitialWeights
{
    private const string TokenizerFileName = "tokenizer.json";

    /// <summary>Opens a checkpoint, or a run's newest one, whose model reads the run's tokens.</summary>
    /// <exception cref="StageException">There is none, or it was trained with another tokenizer.</exception>
    internal static CheckpointReader Open(string folder, Tokenizer tokenizer)
    {
        var path = CheckpointReader.FindLatest(folder) ?? folder;
        if (!File.Exists(Path.Combine(path, CheckpointManifest.FileName)))
        {
            throw new StageException(MixStage.Name, $"'mix.proxy.init_from' is '{folder}' but must be a checkpoint's folder, or that of a run with one. Name another one, or leave it out.");
        }

        var own = Convert.ToHexStringLower(tokenizer.Hash);
        var its = Convert.ToHexStringLower(Tokenizer.Load(Path.Combine(path, TokenizerFileName)).Hash);
        return its == own
            ? CheckpointReader.Open(path)
            : throw new StageException(MixStage.Name, $"'mix.proxy.init_from' is '{folder}', whose tokenizer '{its[..12]}' is not the run's '{own[..12]}'. Give the run that tokenizer (tokenizer.type: file), or leave init_from out.");
    }
}
