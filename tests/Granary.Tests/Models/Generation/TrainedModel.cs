using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Torch;
using Granary.Training.Optimizers;

namespace Granary.Models.Generation.Tests;

/// <summary>A small model that has learned a made-up language, so that its text has some order: guesses come true, but not always.</summary>
internal static class TrainedModel
{
    public const int Vocabulary = 61;

    private const int Rows = 8;
    private const int Length = 64;

    /// <summary>The same weights every time.</summary>
    public static DecoderModel Train(int steps, int maxPositionEmbeddings)
    {
        var key = RandomKey.FromSeed(61);
        var config = new LlamaConfig { VocabSize = Vocabulary, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = maxPositionEmbeddings };
        var model = new DecoderModel(config.ToSpec(0), key, new FusedKernels());
        using var optimizer = new FusedAdamW(new AdamWConfig(), model.named_parameters());
        for (var step = 0; step < steps; step++)
        {
            using var scope = torch.NewDisposeScope();
            var text = torch.tensor(Enumerable.Range(0, Rows).SelectMany(row => Text(key.Fold((step * Rows) + row))).ToArray(), [Rows, Length + 1]);
            model.ClearGradients();
            var loss = model.LossSum(model.Hidden(text.narrow(1, 0, Length).contiguous()), text.narrow(1, 1, Length).reshape(-1)) * (1.0 / (Rows * Length));
            loss.backward();
            optimizer.Step(step + 1, learningRate: 0.01, gradientScale: 1);
        }

        return model;
    }

    // The next token is a function of the last, but for one in ten.
    private static IEnumerable<long> Text(RandomKey key)
    {
        var id = key.BelowAt(0, Vocabulary);
        for (var place = 0; place <= Length; place++)
        {
            yield return id;
            id = key.BelowAt((2 * place) + 1, 10) == 0 ? key.BelowAt((2 * place) + 2, Vocabulary) : ((7 * id) + 3) % Vocabulary;
        }
    }
}
