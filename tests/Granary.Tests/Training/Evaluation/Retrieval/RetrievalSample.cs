using System.Text;
using Granary.Core.Randomness;
using Granary.Data.Retrieval;
using Granary.Data.Tokenization;

namespace Granary.Training.Evaluation.Retrieval.Tests;

/// <summary>A world, and a tokenizer that knows its words.</summary>
internal static class RetrievalSample
{
    internal static readonly RetrievalWorldConfig Config = new() { Keys = 64, Facts = 64 };

    internal static readonly RetrievalWorld World = new(Config);

    /// <summary>600 entries of byte-level BPE.</summary>
    internal static Tokenizer Tokenizer { get; } = Tokenizer.Create(new TokenizerConfig { VocabSize = 600 }, Texts());

    /// <summary>Every byte an id.</summary>
    internal static Tokenizer Bytes { get; } = Tokenizer.Create(new TokenizerConfig { Type = TokenizerConfig.Bytes }, []);

    private static IEnumerable<ReadOnlyMemory<byte>> Texts()
    {
        var (key, filler) = (RandomKey.FromSeed(1), new GeneratedFiller());
        for (var number = 0; number < 300; number++)
        {
            var pairs = World.DrawPairs(key.Fold(number), 4, areHeldOut: false).Select(pair => World.Tell(pair).Text);
            yield return Encoding.UTF8.GetBytes($"{filler.SentenceAt(key, number)} {string.Join(' ', pairs)} {World.FactAt(number % 64).Forward.Text}");
        }
    }
}
