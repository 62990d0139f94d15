using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Gpt2;
using Granary.Models.Layers;
using Granary.Torch;

namespace Granary.Training.Evaluation.Tests;

public sealed class EvaluatorTests
{
    private const int Vocabulary = 11;

    private static readonly DecoderSpec Spec = new Gpt2Config { HiddenSize = 8, NumHiddenLayers = 1, NumAttentionHeads = 2, MaxPositionEmbeddings = 8 }.ToSpec(Vocabulary);

    [Test]
    public void Windows_in_batches_give_the_loss_of_each_window_alone()
    {
        using var model = new DecoderModel(Spec, RandomKey.FromSeed(3), new ComposedKernels());
        EvaluationDocument[] documents = [Document(23), Document(2), Document(9), Document(1)];

        var result = new Evaluator(model, window: 5).Evaluate(documents);

        Assert.That(result.Tokens, Is.EqualTo(22 + 1 + 8 + 0));
        Assert.That(result.Nats, Is.EqualTo(documents.Sum(document => Reference(model, document, window: 5))).Within(1e-4));
    }

    [Test]
    public void Each_text_s_loss_is_that_of_the_text_alone()
    {
        using var model = new DecoderModel(Spec, RandomKey.FromSeed(3), new ComposedKernels());
        EvaluationDocument[] documents = [Document(23), Document(2), Document(9), Document(1)];

        var losses = new Evaluator(model, window: 5).EvaluateEach(documents);

        Assert.That(losses.Select(loss => (loss.Tokens, loss.Bytes)), Is.EqualTo(documents.Select(document => (document.Ids.Length - 1, document.Bytes))));
        foreach (var (loss, document) in losses.Zip(documents))
        {
            Assert.That(loss.Nats, Is.EqualTo(Reference(model, document, window: 5)).Within(1e-4));
        }
    }

    [Test]
    public void A_model_that_knows_nothing_needs_the_logarithm_of_the_vocabulary()
    {
        using var model = new DecoderModel(Spec, RandomKey.FromSeed(3), new ComposedKernels());
        using (torch.no_grad())
        {
            model.state_dict()["embed_tokens"].zero_();
        }

        var result = new Evaluator(model).Evaluate([Document(30)]);

        Assert.That(result.Loss, Is.EqualTo(Math.Log(Vocabulary)).Within(1e-5));
        Assert.That(result.CodeBitsPerByte(Vocabulary), Is.EqualTo(30 * Math.Log2(Vocabulary) / 60).Within(1e-5));
    }

    [Test]
    public void Bands_part_the_windows_by_position_and_add_up_to_the_whole()
    {
        using var model = new DecoderModel(Spec, RandomKey.FromSeed(3), new ComposedKernels());
        EvaluationDocument[] documents = [Document(23), Document(2), Document(9), Document(1)];

        var whole = new Evaluator(model, window: 5).Evaluate(documents);
        var parted = new Evaluator(model, window: 5, bandEnds: [3, 1, 9]).Evaluate(documents);

        // Windows of 5 5 5 5 2, of 1, and of 5 3 inputs.
        Assert.That(parted.Bands.Select(band => (band.From, band.To, band.Tokens)), Is.EqualTo(new[] { (0, 1, 8L), (1, 3, 13L), (3, 5, 10L) }));
        Assert.That(parted.Bands.Sum(band => band.Nats), Is.EqualTo(whole.Nats).Within(1e-4));
        Assert.That(parted.Bands[0].Nats, Is.EqualTo(documents.Sum(document => Reference(model, document, window: 5, positions: 1))).Within(1e-4));
        Assert.That(whole.Bands, Is.EqualTo(new[] { new EvaluationBand(0, 5, whole.Tokens, whole.Nats) }));
        Assert.That(() => new Evaluator(model, bandEnds: [0]), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_window_longer_than_the_model_takes_is_refused()
    {
        using var model = new DecoderModel(Spec, RandomKey.FromSeed(3), new ComposedKernels());

        Assert.That(() => new Evaluator(model, window: 9), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static EvaluationDocument Document(int length)
    {
        return new EvaluationDocument(Enumerable.Range(0, length).Select(index => (index * 7) % Vocabulary).ToArray(), 2 * length);
    }

    private static double Reference(DecoderModel model, EvaluationDocument document, int window, int positions = int.MaxValue)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var ids = document.Ids.ToArray().Select(id => (long)id).ToArray();
        var nats = 0.0;
        for (var start = 0; start < ids.Length - 1; start += window)
        {
            var length = Math.Min(window, ids.Length - 1 - start);
            var counted = Math.Min(length, positions);
            var logits = model.Logits(model.Hidden(torch.tensor(ids[start..(start + length)], [1, length]))).narrow(0, 0, counted);
            nats += torch.nn.functional.cross_entropy(logits, torch.tensor(ids[(start + 1)..(start + 1 + counted)]), Reduction.Sum).item();
        }

        return nats;
    }
}
