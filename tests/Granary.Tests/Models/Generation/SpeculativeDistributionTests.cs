using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Generation.Drafting;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Models.Generation.Tests;

/// <summary>Pairs of tokens drawn with guesses, against the probabilities of the model's softmax.</summary>
public sealed class SpeculativeDistributionTests
{
    private const int Vocabulary = 8;

    // The chi-square of 63 degrees of freedom is above this once in 100,000 seeds.
    private const double Limit = 121;

    private static readonly RandomKey Key = RandomKey.FromSeed(51);
    private static readonly int[] Prompt = [3, 1, 3, 1, 3];
    private static readonly GenerationConfig Config = new() { MaxNewTokens = 2, Temperature = 0.8 };

    [Test]
    public void Draws_with_guesses_follow_the_models_probabilities()
    {
        Verify(draws: 1_500);
    }

    [Test]
    [Category("Slow")]
    public void A_hundred_thousand_draws_with_guesses_follow_the_models_probabilities()
    {
        Verify(draws: 100_000);
    }

    private static void Verify(int draws)
    {
        using var model = new DecoderModel(
            new LlamaConfig { VocabSize = Vocabulary, HiddenSize = 8, NumHiddenLayers = 1, NumAttentionHeads = 1, MaxPositionEmbeddings = 16, InitializerRange = 0.5 }.ToSpec(0), Key, new FusedKernels());
        var generator = new TextGenerator(model, DraftMethod.Auto, new ManualClock(), () => new RandomHeads(Vocabulary, Key));
        var tally = new GenerationTally();
        var counts = new int[Vocabulary * Vocabulary];
        for (var draw = 0; draw < draws; draw++)
        {
            var pair = generator.Generate(Prompt, Config, Key.Fold(draw), tally).Select(token => token.Id).ToArray();
            counts[(pair[0] * Vocabulary) + pair[1]]++;
        }

        var probabilities = Pairs(model);
        var chiSquare = counts.Select((count, pair) => Math.Pow(count - (draws * probabilities[pair]), 2) / (draws * probabilities[pair])).Sum();

        Assert.That(chiSquare, Is.LessThan(Limit));
        Assert.That(tally.AcceptedLength, Is.GreaterThan(1.05), "no guess was accepted, so nothing was tested");
    }

    private static double[] Pairs(DecoderModel model)
    {
        var first = Softmax(model, Prompt);
        return [.. first.SelectMany((probability, id) => Softmax(model, [.. Prompt, id]).Select(next => probability * next))];
    }

    private static double[] Softmax(DecoderModel model, int[] text)
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        var ids = text.Select(id => (long)id).ToArray();
        var logits = model.Logits(model.Hidden(torch.tensor(ids, [1, ids.Length]))).select(0, ids.Length - 1).to(ScalarType.Float64);
        return logits.div(Config.Temperature).softmax(-1).to_array<double>();
    }
}
