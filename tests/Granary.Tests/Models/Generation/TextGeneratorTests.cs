using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Gpt2;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Torch;

namespace Granary.Models.Generation.Tests;

/// <summary>The generator against the model without a cache, for each set of kernels.</summary>
[TestFixture(typeof(ComposedKernels))]
[TestFixture(typeof(FusedKernels))]
public sealed class TextGeneratorTests<TKernels>
    where TKernels : ILayerKernels, new()
{
    private const int Vocabulary = 61;

    private static readonly RandomKey Key = RandomKey.FromSeed(21);

    private static readonly GenerationConfig Greedy = new() { DoSample = false, MaxNewTokens = 12 };

    // Weights this large keep the likeliest token far ahead of the next, so that rounding decides nothing.
    private static readonly DecoderConfig[] Configs =
    [
        new Gpt2Config { VocabSize = Vocabulary, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 48, InitializerRange = 0.3 },
        new LlamaConfig { VocabSize = Vocabulary, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = 48, InitializerRange = 0.3 },
    ];

    [Test]
    public void Greedy_text_is_the_argmax_of_the_whole_sequence_at_every_token(
        [ValueSource(nameof(Configs))] DecoderConfig config, [Values(1, 2, 7, 33)] int promptLength)
    {
        using var model = Build(config);
        var prompt = Prompt(promptLength);

        var text = Ids(model, prompt, Greedy);

        Assert.That(text, Is.EqualTo(Uncached(model, prompt, Greedy.MaxNewTokens)));
    }

    [TestCase(511)]
    [TestCase(512)]
    [TestCase(513)]
    [TestCase(1_024)]
    public void A_prompt_of_several_blocks_is_read_as_one(int promptLength)
    {
        using var model = Build(new LlamaConfig { VocabSize = Vocabulary, HiddenSize = 16, NumHiddenLayers = 1, NumAttentionHeads = 2, MaxPositionEmbeddings = 1_040, InitializerRange = 0.3 });
        var prompt = Prompt(promptLength);

        Assert.That(Ids(model, prompt, Greedy with { MaxNewTokens = 3 }), Is.EqualTo(Uncached(model, prompt, 3)));
    }

    [Test]
    public void The_likeliest_of_one_is_the_greedy_text()
    {
        using var model = Build(Configs[0]);

        Assert.That(Ids(model, Prompt(5), Greedy with { DoSample = true, TopK = 1 }), Is.EqualTo(Ids(model, Prompt(5), Greedy)));
    }

    [Test]
    public void A_key_gives_its_text_again_and_another_key_another()
    {
        using var model = Build(Configs[1]);
        var config = new GenerationConfig { MaxNewTokens = 20, Temperature = 2 };

        var text = Ids(model, Prompt(5), config);

        Assert.That(Ids(model, Prompt(5), config), Is.EqualTo(text));
        Assert.That(new TextGenerator(model).Generate(Prompt(5), config, RandomKey.FromSeed(22)).Select(token => token.Id), Is.Not.EqualTo(text));
    }

    [Test]
    public void A_text_that_is_taken_up_half_way_goes_on_as_it_would_have()
    {
        using var model = Build(Configs[1]);
        var config = new GenerationConfig { MaxNewTokens = 20, Temperature = 2, TopP = 0.95, RepetitionPenalty = 1.2 };
        var text = Ids(model, Prompt(5), config);

        var rest = Ids(model, [.. Prompt(5), .. text[..8]], config with { MaxNewTokens = 12 });

        Assert.That(rest, Is.EqualTo(text[8..]));
    }

    [Test]
    public void Positions_count_from_the_prompts_beginning_and_the_last_token_says_why()
    {
        using var model = Build(Configs[0]);

        var tokens = new TextGenerator(model).Generate(Prompt(5), Greedy, Key).ToList();

        Assert.That(tokens.Select(token => token.Position), Is.EqualTo(Enumerable.Range(5, 12)));
        Assert.That(tokens.Select(token => token.Stop), Is.EqualTo(Enumerable.Repeat(StopReason.None, 11).Append(StopReason.MaxNewTokens)));
    }

    [Test]
    public void A_stop_token_is_the_last_one()
    {
        using var model = Build(Configs[1]);
        var text = Ids(model, Prompt(4), Greedy);
        var first = Array.IndexOf(text, text[6]);

        var tokens = new TextGenerator(model).Generate(Prompt(4), Greedy with { StopTokenIds = [60_000, text[6]] }, Key).ToList();

        Assert.That(tokens.Select(token => token.Id), Is.EqualTo(text[..(first + 1)]));
        Assert.That(tokens[^1].Stop, Is.EqualTo(StopReason.StopToken));
    }

    [TestCase(40, 9, Description = "8 are read after the prompt, the ninth is not")]
    [TestCase(48, 1, Description = "a prompt of all positions")]
    public void A_text_ends_where_the_models_positions_do(int promptLength, int expected)
    {
        using var model = Build(Configs[0]);

        var tokens = new TextGenerator(model).Generate(Prompt(promptLength), Greedy with { MaxNewTokens = 1_000 }, Key).ToList();

        Assert.That(tokens, Has.Count.EqualTo(expected));
        Assert.That(tokens[^1].Stop, Is.EqualTo(StopReason.ContextFull));
        Assert.That(tokens[^1].Position, Is.EqualTo(48));
    }

    [Test]
    public void The_penalty_counts_the_prompt_and_the_text()
    {
        using var model = Build(Configs[0]);
        var config = Greedy with { MaxNewTokens = 30, RepetitionPenalty = 1e6 };

        var text = Ids(model, Prompt(9), config);

        // No token comes twice while a positive logit of another one is left; 30 of 61 leave some.
        Assert.That(text, Is.Unique);
        Assert.That(text.Intersect(Prompt(9)), Is.Empty);
    }

    [Test]
    public void Nothing_is_left_behind_in_the_callers_scope_and_its_gradients_are_untouched()
    {
        using var model = Build(Configs[0]);
        using var scope = torch.NewDisposeScope();

        foreach (var _ in new TextGenerator(model).Generate(Prompt(9), Greedy, Key))
        {
            Assert.That(scope.Count, Is.Zero);
            Assert.That(torch.is_grad_enabled(), Is.True);
        }
    }

    [TestCase(0, "The prompt has no tokens but must have one or more; begin with the token that opens a document.")]
    [TestCase(49, "The prompt has '49' tokens but must have at most max_position_embeddings (48); shorten it from its beginning.")]
    public void A_prompt_of_the_wrong_length_is_refused_at_once(int length, string message)
    {
        using var model = Build(Configs[0]);

        Assert.That(() => new TextGenerator(model).Generate(Prompt(length), Greedy, Key), Throws.ArgumentException.With.Message.StartsWith(message));
    }

    [Test]
    public void Unknown_ids_and_settings_are_refused_at_once()
    {
        using var model = Build(Configs[0]);
        var generator = new TextGenerator(model);

        Assert.That(() => generator.Generate([3, 61], Greedy, Key), Throws.ArgumentException.With.Message.StartsWith("The prompt holds the id '61' but ids must be 0 or more and below vocab_size (61)"));
        Assert.That(() => generator.Generate([3], Greedy with { TopK = -1 }, Key), Throws.TypeOf<ConfigurationException>());
    }

    private static DecoderModel Build(DecoderConfig config) => new(config.ToSpec(0), Key, new TKernels());

    private static int[] Prompt(int length) => [.. Enumerable.Range(0, length).Select(place => (int)Key.Use("prompt").BelowAt(place, Vocabulary))];

    private static int[] Ids(DecoderModel model, IReadOnlyList<int> prompt, GenerationConfig config)
    {
        return [.. new TextGenerator(model).Generate(prompt, config, Key).Select(token => token.Id)];
    }

    private static int[] Uncached(DecoderModel model, int[] prompt, int count)
    {
        using var recording = torch.no_grad();
        var text = prompt.Select(id => (long)id).ToList();
        for (var added = 0; added < count; added++)
        {
            using var scope = torch.NewDisposeScope();
            var logits = model.Logits(model.Hidden(torch.tensor(text.ToArray(), [1, text.Count])));
            text.Add(logits.select(0, text.Count - 1).argmax().item_int64());
        }

        return [.. text.Skip(prompt.Length).Select(id => (int)id)];
    }
}
