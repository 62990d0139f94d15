using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Generation.Drafting;
using Granary.Models.Gpt2;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Testing;

namespace Granary.Models.Generation.Tests;

/// <summary>Text written with guesses is the text written without, token for token.</summary>
public sealed class SpeculativeEqualityTests
{
    private const int Vocabulary = 61;

    private static readonly RandomKey Key = RandomKey.FromSeed(41);

    private static readonly DraftMethod[] Methods = [DraftMethod.Lookahead, DraftMethod.Recycling, DraftMethod.Heads, DraftMethod.Auto];

    // Small weights keep logits close together, where a last bit would decide; positions for the longest run.
    private static readonly DecoderConfig[] Configs =
    [
        new Gpt2Config { VocabSize = Vocabulary, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 400 },
        new LlamaConfig { VocabSize = Vocabulary, HiddenSize = 24, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = 400, InitializerRange = 0.2 },
    ];

    private static readonly GenerationConfig[] Settings =
    [
        new() { DoSample = false },
        new() { DoSample = false, RepetitionPenalty = 1.3 },
        new() { Temperature = 0.7, TopK = 5 },
        new() { Temperature = 1.5, TopP = 0.8, RepetitionPenalty = 1.1 },
    ];

    [Test]
    public void Guesses_change_no_token([ValueSource(nameof(Configs))] DecoderConfig config, [ValueSource(nameof(Methods))] DraftMethod method, [ValueSource(nameof(Settings))] GenerationConfig settings)
    {
        using var model = Build(config);
        var longest = settings with { MaxNewTokens = 300 };

        var plain = Ids(new TextGenerator(model), longest);

        Assert.That(Ids(Drafting(model, method), longest), Is.EqualTo(plain));
    }

    [Test]
    [Category("Slow")]
    public void Guesses_change_none_of_ten_thousand_greedy_tokens([ValueSource(nameof(Methods))] DraftMethod method)
    {
        using var model = Build(new LlamaConfig { VocabSize = 512, HiddenSize = 64, NumHiddenLayers = 3, NumAttentionHeads = 4, MaxPositionEmbeddings = 10_100 });
        var settings = new GenerationConfig { DoSample = false, MaxNewTokens = 10_000 };

        Assert.That(Ids(Drafting(model, method), settings), Is.EqualTo(Ids(new TextGenerator(model), settings)));
    }

    [Test]
    public void Guesses_change_no_token_of_a_trained_model([ValueSource(nameof(Methods))] DraftMethod method)
    {
        using var model = TrainedModel.Train(steps: 40, maxPositionEmbeddings: 256);

        VerifyTexts(model, method, texts: 2, length: 200);
    }

    [Test]
    [Category("Slow")]
    public void Guesses_change_none_of_ten_thousand_tokens_of_a_trained_model([ValueSource(nameof(Methods))] DraftMethod method)
    {
        using var model = TrainedModel.Train(steps: 300, maxPositionEmbeddings: 1_024);

        VerifyTexts(model, method, texts: 20, length: 1_000);
    }

    [Test]
    public void Repeated_text_is_written_several_tokens_a_call([Values(DraftMethod.Lookahead, DraftMethod.Recycling, DraftMethod.Auto)] DraftMethod method)
    {
        using var model = Build(Configs[1]);
        var tally = new GenerationTally();

        // A greedy text over a window this short soon runs in a circle.
        _ = Drafting(model, method).Generate([3, 1, 4], new GenerationConfig { DoSample = false, MaxNewTokens = 300 }, Key, tally).Count();

        Assert.That(tally.Tokens, Is.EqualTo(300));
        Assert.That(tally.AcceptedLength, Is.GreaterThan(1.5));
    }

    [TestCase(398, 3, Description = "the text may outgrow the positions by one token")]
    [TestCase(400, 1, Description = "a prompt of all positions")]
    public void Guesses_never_pass_the_last_position(int promptLength, int expected)
    {
        using var model = Build(Configs[0]);
        var prompt = Enumerable.Repeat(7, promptLength).ToArray();

        var tokens = Drafting(model, DraftMethod.Auto).Generate(prompt, new GenerationConfig { DoSample = false }, Key).ToList();

        Assert.That(tokens, Has.Count.EqualTo(expected));
        Assert.That(tokens[^1].Stop, Is.EqualTo(StopReason.ContextFull));
    }

    [Test]
    public void A_stop_token_among_guesses_ends_the_text()
    {
        using var model = Build(Configs[1]);
        var settings = new GenerationConfig { DoSample = false, MaxNewTokens = 200 };
        var stop = Ids(new TextGenerator(model), settings)[^1];
        var stopped = settings with { StopTokenIds = [stop] };

        Assert.That(Ids(Drafting(model, DraftMethod.Lookahead), stopped), Is.EqualTo(Ids(new TextGenerator(model), stopped)));
    }

    [Test]
    public void Drafting_with_heads_that_are_not_there_is_refused()
    {
        using var model = Build(Configs[0]);

        Assert.That(() => new TextGenerator(model, DraftMethod.Heads, new ManualClock()), Throws.ArgumentException.With.Message.StartsWith("The draft method is 'heads', but the model has no extra heads"));
    }

    [Test]
    public void Guessing_that_does_not_pay_for_itself_is_given_up_for_the_rest_of_the_text()
    {
        using var model = Build(Configs[0]);
        var clock = new ManualClock();
        var heads = new SlowHeads(new RandomHeads(model.Spec.VocabSize, Key), clock);
        var settings = new GenerationConfig { DoSample = true, MaxNewTokens = 300 };

        var ids = Ids(new TextGenerator(model, DraftMethod.Heads, clock, () => heads), settings);

        Assert.That(heads.Readings, Is.InRange(60, 66));
        Assert.That(ids, Is.EqualTo(Ids(new TextGenerator(model), settings)));
    }

    /// <summary>Half of the texts are greedy, half are drawn.</summary>
    private static void VerifyTexts(DecoderModel model, DraftMethod method, int texts, int length)
    {
        var tally = new GenerationTally();
        for (var text = 0; text < texts; text++)
        {
            int[] prompt = [text % Vocabulary, (3 * text) % Vocabulary];
            var settings = new GenerationConfig { DoSample = text % 2 == 1, Temperature = 0.8, MaxNewTokens = length };
            var plain = new TextGenerator(model).Generate(prompt, settings, Key).Select(token => token.Id).ToList();

            var guessed = Drafting(model, method).Generate(prompt, settings, Key, tally).Select(token => token.Id).ToList();

            Assert.That(guessed, Is.EqualTo(plain), $"text {text}");
        }

        Assert.That(tally.AcceptedLength, Is.GreaterThan(method == DraftMethod.Heads ? 1 : 1.3));
    }

    private static DecoderModel Build(DecoderConfig config) => new(config.ToSpec(0), Key, new FusedKernels());

    private static TextGenerator Drafting(DecoderModel model, DraftMethod method) => new(model, method, new ManualClock(), () => new RandomHeads(model.Spec.VocabSize, Key));

    private static int[] Ids(TextGenerator generator, GenerationConfig settings)
    {
        return [.. generator.Generate([3, 1, 4, 1, 5], settings, Key).Select(token => token.Id)];
    }
}
