using System.Globalization;
using System.Text;
using Granary.Core.Progress;
using Granary.Data.Tokenization.Splitting;
using Granary.Data.Tokenization.Unicode;

namespace Granary.Data.Tokenization.Training;

/// <summary>Vocabularies without merges: all bytes, or the characters of a text.</summary>
internal static class FixedVocabulary
{
    private const int ByteCount = 256;

    /// <summary>Ids 0 to 255 are the bytes; special tokens follow.</summary>
    internal static TokenizerDefinition OfBytes(IReadOnlyList<string> specialTokens)
    {
        return new TokenizerDefinition
        {
            Vocabulary = Enumerable.Range(0, ByteCount).ToDictionary(value => ByteLevelAlphabet.CharacterOf((byte)value).ToString()),
            Merges = [],
            AddedTokens = [.. specialTokens.Select((token, i) => new AddedToken { Id = ByteCount + i, Content = token })],
            Splitter = SplitterFamilies.Whole,
            IsByteLevel = true,
        };
    }

    /// <summary>Special tokens first, then the 256 bytes for characters that are not known, then the most frequent characters by code point.</summary>
    internal static TokenizerDefinition OfCharacters(
        TokenizerConfig config,
        IEnumerable<ReadOnlyMemory<byte>> documents,
        IProgress<ProgressUpdate>? progress,
        CancellationToken cancellationToken)
    {
        var counts = CountCharacters(documents, progress, cancellationToken);
        var chosen = counts
            .OrderByDescending(entry => entry.Value)
            .ThenBy(entry => entry.Key)
            .Take(config.VocabSize - ByteCount - config.SpecialTokens.Count)
            .Select(entry => entry.Key)
            .Order()
            .Select(codePoint => new Rune(codePoint).ToString());
        var bytes = Enumerable.Range(0, ByteCount).Select(value => $"<0x{value.ToString("X2", CultureInfo.InvariantCulture)}>");
        var tokens = config.SpecialTokens.Concat(bytes).Concat(chosen).Distinct();
        return new TokenizerDefinition
        {
            Vocabulary = tokens.Select((token, id) => (token, id)).ToDictionary(entry => entry.token, entry => entry.id),
            Merges = [],
            AddedTokens = [.. config.SpecialTokens.Select((token, id) => new AddedToken { Id = id, Content = token })],
            Splitter = SplitterFamilies.Whole,
            IsByteLevel = false,
            FallsBackToBytes = true,
        };
    }

    private static Dictionary<int, long> CountCharacters(IEnumerable<ReadOnlyMemory<byte>> documents, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<int, long>();
        var done = 0L;
        foreach (var document in documents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var text = Utf8Text.Repair(document.Span);
            for (var position = 0; position < text.Length;)
            {
                var codePoint = CodePoints.Decode(text, position, out var size);
                counts[codePoint] = counts.GetValueOrDefault(codePoint) + 1;
                position += size;
            }

            done += document.Length;
            progress?.Report(new ProgressUpdate("counting characters", done, 0, "bytes"));
        }

        return counts;
    }
}
