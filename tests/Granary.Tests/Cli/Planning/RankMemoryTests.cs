using Granary.Distributed;
using Granary.Models;
using Granary.Models.Decoder;
using Granary.Training;

namespace Granary.Cli.Planning.Tests;

public sealed class RankMemoryTests
{
    [TestCase("gpt2-124m", Description = "the head is the embedding")]
    [TestCase("llama-1b", Description = "a head of its own, and an embedding that products do not read")]
    public void Products_of_bf16_read_a_copy_of_two_bytes_of_each_weight(string preset)
    {
        var spec = ModelPresets.Named(preset).ToSpec(0);
        var embedding = spec.TieWordEmbeddings ? 0 : (double)spec.VocabSize * spec.HiddenSize;

        var (wide, rounded) = (Of(spec, TrainingPrecision.Fp32), Of(spec, TrainingPrecision.Bf16));

        Assert.That(rounded.Parameters - wide.Parameters, Is.EqualTo(2 * (spec.ParameterCount() - embedding)));
        Assert.That(rounded with { Parameters = wide.Parameters }, Is.EqualTo(wide));
    }

    private static RankBytes Of(DecoderSpec spec, TrainingPrecision precision) => new RankMemory(spec, precision).Of(ranks: 1, Sharding.None, tokens: 256, accumulates: false);
}
