using Granary.Cli.Stages;
using Granary.Core;
using Granary.Data.Shards;
using Granary.Data.Tokenization;

namespace Granary.Cli.Commands;

/// <summary>Finds a shard set, and the tokenizer it was made with, where a user names a run or a folder.</summary>
internal static class ShardSetPath
{
    /// <summary>The manifest of a set named by its run, its folder or itself.</summary>
    /// <exception cref="CorpusException">There is no set.</exception>
    internal static string Find(string set)
    {
        string[] places = [set, Path.Combine(set, ShardManifest.FileName), Path.Combine(set, "stages", DecomposeStage.Name, ShardManifest.FileName)];
        return places.FirstOrDefault(File.Exists)
            ?? throw new CorpusException(set, "There is no shard set here. Name the folder of a run whose decompose stage is finished, a folder with manifest.json, or that file.");
    }

    /// <summary>The tokenizer of a set: the file that is named, or the one of the set's run; null when there is none.</summary>
    /// <exception cref="CorpusException">The set was made with another tokenizer.</exception>
    internal static Tokenizer? FindTokenizer(ShardSet set, string? named)
    {
        var stages = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(set.Path)));
        var path = named ?? TokenizerStage.FilePath(stages ?? string.Empty);
        if (named is null && !File.Exists(path))
        {
            return null;
        }

        var tokenizer = Tokenizer.Load(path);
        var hash = Convert.ToHexStringLower(tokenizer.Hash);
        return hash == set.Manifest.Identity.TokenizerSha256
            ? tokenizer
            : throw new CorpusException(path, $"This tokenizer is '{hash}' but the shards were made with '{set.Manifest.Identity.TokenizerSha256}'. Name that one with --tokenizer.");
    }
}
