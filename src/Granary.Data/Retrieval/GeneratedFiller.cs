using Granary.Core.Randomness;

namespace Granary.Data.Retrieval;

/// <summary>Plain made-up sentences, none of whose words a world uses for values or descriptions.</summary>
public sealed class GeneratedFiller : IFiller
{
    /// <inheritdoc/>
    public string SentenceAt(RandomKey stream, int index)
    {
        var key = stream.Fold(index);
        var sentence = $"{Pick(WorldWords.Subjects, key, 0)} {Pick(WorldWords.Verbs, key, 1)} {Pick(WorldWords.Objects, key, 2)}";
        return key.BelowAt(3, 3) switch
        {
            0 => $"{sentence}.",
            1 => $"{sentence} {Pick(WorldWords.Places, key, 4)}.",
            _ => $"{Pick(WorldWords.Times, key, 5)} {char.ToLowerInvariant(sentence[0])}{sentence[1..]} {Pick(WorldWords.Places, key, 4)}.",
        };
    }

    private static string Pick(string[] words, RandomKey key, int position)
    {
        return words[key.BelowAt(position, words.Length)];
    }
}
