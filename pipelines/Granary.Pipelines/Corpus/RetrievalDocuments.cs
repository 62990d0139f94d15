using Granary.Core.Randomness;
using Granary.Data.Retrieval;

namespace Granary.Pipelines.Corpus;

/// <summary>Writes the documents of a retrieval source. A document is a function of the configuration and its number.</summary>
internal sealed class RetrievalDocuments
{
    private readonly RetrievalSourceConfig _config;
    private readonly RetrievalWorld _world;
    private readonly GeneratedFiller _filler = new();
    private readonly RandomKey _key;

    public RetrievalDocuments(RetrievalSourceConfig config)
    {
        _config = config;
        _world = new RetrievalWorld(config.World);
        _key = RandomKey.FromSeed(config.World.Seed).Use("retrieval-documents").Use(config.Name);
    }

    /// <summary>The text of a document.</summary>
    public string TextOf(long number)
    {
        var key = _key.Fold(number);
        var words = _config.MinWords + (int)key.BelowAt(0, _config.MaxWords - _config.MinWords + 1);
        var (shares, draw) = (_config.Shares, key.DoubleAt(1));
        draw *= shares.KeyValue + shares.MultiKey + shares.ContextReversal + shares.Reversal;
        return 0 switch
        {
            _ when draw < shares.KeyValue => Pairs(key, 1, words),
            _ when draw < shares.KeyValue + shares.MultiKey => Pairs(key, 2 + (int)key.BelowAt(2, _config.Pairs - 1), words),
            _ when draw < shares.KeyValue + shares.MultiKey + shares.ContextReversal => ContextFacts(key, 1 + (int)key.BelowAt(2, _config.Pairs), words),
            _ => Facts(key, words),
        };
    }

    private string Pairs(RandomKey key, int count, int words)
    {
        // Drawn in a random order already, so the first ones may be asked for.
        var pairs = _world.DrawPairs(key.Use("pairs"), count, areHeldOut: false).Select(_world.Tell).ToList();
        return InFiller(key, words, pairs, pairs.Take(_config.Questions));
    }

    private string ContextFacts(RandomKey key, int count, int words)
    {
        var (told, asked) = (new List<Fact>(), new List<Statement>());
        var stream = key.Use("facts");
        for (var i = 0; told.Count < count; i++)
        {
            var isOdd = stream.BelowAt(2 * i, 2) == 1;
            var fact = _world.DrawContextFact(stream.Fold(i), isHeldOut: false, isOdd);
            if (told.All(other => other.Name != fact.Name && other.Description != fact.Description))
            {
                told.Add(fact);
                asked.Add(isOdd && stream.BelowAt((2 * i) + 1, 2) == 1 ? fact.Backward : fact.Forward);
            }
        }

        return InFiller(key, words, [.. told.Select(fact => fact.Forward)], asked.Take(_config.Questions));
    }

    private string Facts(RandomKey key, int words)
    {
        var stream = key.Use("facts");
        return string.Join(' ', Filled([], words, i =>
        {
            var number = (int)stream.BelowAt(2 * i, _world.FactCount);
            var isBackward = RetrievalWorld.IsToldBothWays(number) && stream.BelowAt((2 * i) + 1, 2) == 1;
            var fact = _world.FactAt(number);
            return (isBackward ? fact.Backward : fact.Forward).Text;
        }));
    }

    private string InFiller(RandomKey key, int words, IReadOnlyList<Statement> told, IEnumerable<Statement> asked)
    {
        var (hay, places) = (key.Use("filler"), key.Use("places"));
        var sentences = Filled([.. told.Select(statement => statement.Text)], words, i => _filler.SentenceAt(hay, i));

        // A random order, which leaves each told sentence at a uniformly random place.
        var ordered = sentences.Select((text, index) => (text, place: places.UInt64At(index))).OrderBy(sentence => sentence.place).Select(sentence => sentence.text);
        return string.Join(' ', ordered) + string.Concat(asked.Select(statement => $"{statement.Asked}{statement.Answer}."));
    }

    /// <summary>Adds sentences until there are so many words.</summary>
    private static List<string> Filled(List<string> sentences, int words, Func<int, string> next)
    {
        var held = sentences.Sum(WordsOf);
        for (var i = 0; held < words; i++)
        {
            sentences.Add(next(i));
            held += WordsOf(sentences[^1]);
        }

        return sentences;
    }

    private static int WordsOf(string sentence)
    {
        return sentence.Count(letter => letter == ' ') + 1;
    }
}
