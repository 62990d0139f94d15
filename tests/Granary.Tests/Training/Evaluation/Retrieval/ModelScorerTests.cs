using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Generation;
using Granary.Models.Gpt2;
using Granary.Models.Layers;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Training.Evaluation.Retrieval.Tests;

public sealed class ModelScorerTests : TensorFixture
{
    private const int Vocabulary = 7;

    // So few ids that some answers begin like others, and that greedy answers are right now and then.
    private static readonly RetrievalItem[] Items =
    [
        new([1, 2, 3], [[4], [5], [6]]),
        new([1, 2, 3, 4, 5], [[4, 1], [4, 2], [5, 2], [4], [5, 2, 6]]),
        new([6], [[1, 1, 1, 1], [1, 1, 1], [2]]),
        new([0, 0, 6, 2, 5, 1, 1], [[3, 3], [3, 3, 3], [3]]),
    ];

    [Test]
    public void Batches_give_what_each_answer_gives_alone()
    {
        using var model = Model(seed: 3);

        var scores = new ModelScorer(model).Score(Items);

        for (var item = 0; item < Items.Length; item++)
        {
            var expected = Items[item].Candidates.Select(candidate => Reference(model, Items[item].Prompt, candidate));
            Assert.That(scores[item].LogProbabilities, Is.EqualTo(expected).Within(1e-5), $"item {item}");
        }
    }

    [Test]
    public void An_answer_is_exact_if_greedy_generation_writes_it()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            using var model = Model(seed);

            // Half of the items are given the answer that is right.
            var items = Items.Select((item, index) => item with { Candidates = [index % 2 == seed % 2 ? Greedy(model, item.Prompt, 2) : [seed % 7, 1], [6, 6, 6]] }).ToArray();
            var scores = new ModelScorer(model).Score(items);

            Assert.That(scores.Select(score => score.IsExact), Is.EqualTo(items.Select(item => Greedy(model, item.Prompt, 2).SequenceEqual(item.Candidates[0]))), $"seed {seed}");
        }
    }

    [Test]
    public void Answers_that_begin_alike_are_read_once()
    {
        using var model = Model(seed: 3);

        var tokens = Items.Select(item => new ModelScorer(model).TokensOf(item));

        // The prompt alone; with 4 and with 5 2; with 1 1 1; with 3 3.
        Assert.That(tokens, Is.EqualTo(new[] { 3L, 6 + 7, 4, 9 }));
    }

    [Test]
    public void Ranks_count_the_candidates_that_are_as_likely_or_more()
    {
        Assert.That(new RetrievalScore(false, [-2, -1, -2, -3]).Rank, Is.EqualTo(3));
        Assert.That(new RetrievalScore(false, [-1, -2]).Rank, Is.EqualTo(1));
    }

    private static DecoderModel Model(int seed)
    {
        var spec = new Gpt2Config { HiddenSize = 8, NumHiddenLayers = 1, NumAttentionHeads = 2, MaxPositionEmbeddings = 16, InitializerRange = 0.5 }.ToSpec(Vocabulary);
        return new DecoderModel(spec, RandomKey.FromSeed(seed), new ComposedKernels());
    }

    private static double Reference(DecoderModel model, int[] prompt, int[] answer)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var sum = 0.0;
        for (var i = 0; i < answer.Length; i++)
        {
            long[] read = [.. prompt.Concat(answer.Take(i)).Select(id => (long)id)];
            var scores = model.Logits(model.Hidden(torch.tensor(read, [1, read.Length]))).log_softmax(-1).data<float>();
            sum += scores[((read.Length - 1) * Vocabulary) + answer[i]];
        }

        return sum;
    }

    private static int[] Greedy(DecoderModel model, int[] prompt, int count)
    {
        return [.. new TextGenerator(model).Generate(prompt, new GenerationConfig { MaxNewTokens = count, DoSample = false }, RandomKey.FromSeed(0)).Select(token => token.Id)];
    }
}
