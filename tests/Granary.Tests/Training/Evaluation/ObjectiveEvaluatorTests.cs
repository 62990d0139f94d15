using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Past;
using Granary.Testing;
using Granary.Training.Objectives.Hiding;

namespace Granary.Training.Evaluation.Tests;

public sealed class ObjectiveEvaluatorTests : TensorFixture
{
    private const int Window = 16;
    private const int Vocabulary = 30;

    private static readonly RandomKey Key = RandomKey.FromSeed(4);

    [TestCase(HiddenNorm.Token)]
    [TestCase(HiddenNorm.Row)]
    [TestCase(HiddenNorm.Elbo)]
    public void The_loss_is_the_one_a_step_of_the_same_rows_has(HiddenNorm norm)
    {
        using var model = Build();
        var objective = new MlmUConfig { Norm = norm }.Build();
        var text = Text(10 * Window);
        var rows = new BatchSlice(10, Window, text, TargetsOf(text), default);

        var measured = new ObjectiveEvaluator(model, objective, Key).Evaluate([Document(text)]);

        Assert.That(measured.Loss, Is.EqualTo(ViewPass.Run(model, objective.Prepare(rows, Key))).Within(1e-5));
        Assert.That((measured.Documents, measured.Tokens), Is.EqualTo((1, 10 * Window)));
    }

    [Test]
    public void The_same_texts_are_hidden_alike_every_time()
    {
        using var model = Build();
        var evaluator = new ObjectiveEvaluator(model, new MlmUConfig().Build(), Key);
        var documents = Enumerable.Range(1, 300).Select(length => Document(Text(length))).ToList(); // several portions

        var (first, second) = (evaluator.Evaluate(documents), evaluator.Evaluate(documents));

        Assert.That(second, Is.EqualTo(first));
        Assert.That(first.Tokens, Is.EqualTo(300 * 301 / 2));
    }

    [Test]
    public void Texts_without_anything_to_hide_have_no_loss()
    {
        using var model = Build();

        Assert.That(new ObjectiveEvaluator(model, new MlmUConfig().Build(), Key).Evaluate([Document(Text(1))]).Loss, Is.Zero);
    }

    private static LanguageModel Build()
    {
        return new PastConfig { HiddenSize = 16, NumHiddenLayers = 1, NumAttentionHeads = 2, MaxPositionEmbeddings = Window }.Build(Vocabulary, ahead: null, RandomKey.FromSeed(1), new FusedKernels());
    }

    private static long[] Text(int length) => [.. Enumerable.Range(0, length).Select(place => RandomKey.FromSeed(2).BelowAt(place, Vocabulary))];

    private static EvaluationDocument Document(long[] ids) => new(Array.ConvertAll(ids, id => (int)id), ids.Length);

    // Of rows of a window: nothing behind the last of each.
    private static long[] TargetsOf(long[] ids)
    {
        return [.. ids.Select((_, place) => place % Window == Window - 1 ? TokenBatch.IgnoredTarget : ids[place + 1])];
    }
}
