using System.Text;
using Granary.Core.Randomness;
using Granary.Data.Shards;
using Granary.Pipelines.Climb.Embedding;

namespace Granary.Pipelines.Climb.Clustering.Tests;

/// <summary>Texts of known kinds, each kind with words of its own beside those that all share.</summary>
internal static class LabelledTexts
{
    /// <summary>Documents of some kinds in turn; a document's source is its kind.</summary>
    public static List<MixDocument> Make(int count, int kinds, long seed = 1)
    {
        return [.. Enumerable.Range(0, count).Select(number => Document(number, number % kinds, seed))];
    }

    /// <summary>The documents as a stage takes them.</summary>
    public static MixDocuments ToStage(this IReadOnlyList<MixDocument> documents, int sources, string hash = "documents")
    {
        return new MixDocuments(hash, [.. Enumerable.Range(0, sources).Select(source => $"kind-{source}")], () => documents);
    }

    private static MixDocument Document(int number, int kind, long seed)
    {
        var key = RandomKey.FromSeed(seed).Fold(number);
        var words = Enumerable.Range(0, 40 + (int)key.BelowAt(-1, 80)).Select(i =>
        {
            var isOwn = key.DoubleAt(3L * i) < 0.5;
            var place = (int)(60 * Math.Pow(key.DoubleAt((3L * i) + 1), 2)); // a few words are frequent
            return isOwn ? Word(kind + 1, place) : Word(0, place);
        });
        var text = Encoding.UTF8.GetBytes(string.Join(' ', words) + ".");
        return new MixDocument(DocumentHash.Of(text), kind, text);
    }

    private static string Word(int list, int place)
    {
        var key = RandomKey.FromSeed(99).Fold(list).Fold(place);
        return new string([.. Enumerable.Range(0, 4 + (int)key.BelowAt(-1, 5)).Select(i => (char)('a' + key.BelowAt(i, 26)))]);
    }
}
