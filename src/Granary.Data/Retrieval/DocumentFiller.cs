using System.Text;
using Granary.Core.Randomness;

namespace Granary.Data.Retrieval;

/// <summary>The sentences of documents, from a random one on: hay of the kind that a model was trained on.</summary>
public sealed class DocumentFiller : IFiller
{
    private const int LongestSentence = 300; // characters; what is longer is no prose, and would leave depths too coarse

    private readonly List<string> _sentences = [];

    /// <summary>Cuts documents, UTF-8, behind full stops and at line ends; white space becomes single spaces.</summary>
    /// <exception cref="ArgumentException">There is no sentence in them.</exception>
    public DocumentFiller(IEnumerable<byte[]> documents)
    {
        foreach (var document in documents)
        {
            Cut(Encoding.UTF8.GetString(document));
        }

        if (_sentences.Count == 0)
        {
            throw new ArgumentException($"The filler documents have no sentence of at most {LongestSentence} characters. Give prose.", nameof(documents));
        }
    }

    /// <summary>How many sentences there are.</summary>
    public int Count => _sentences.Count;

    /// <inheritdoc/>
    public string SentenceAt(RandomKey stream, int index)
    {
        return _sentences[(int)((stream.BelowAt(0, _sentences.Count) + index) % _sentences.Count)];
    }

    private void Cut(string text)
    {
        foreach (var part in text.ReplaceLineEndings("\n").Replace(". ", ".\n", StringComparison.Ordinal).Split('\n'))
        {
            var sentence = string.Join(' ', part.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            if (sentence.Length is > 0 and <= LongestSentence)
            {
                _sentences.Add(sentence);
            }
        }
    }
}
