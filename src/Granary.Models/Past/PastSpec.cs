using Granary.Models.Language;

namespace Granary.Models.Past;

/// <summary>The shape of an encoder-decoder whose decoder is asked by a learned query.</summary>
public sealed record PastSpec : ModelSpec
{
    private const int InnerFactor = 4;

    /// <summary>Blocks of the encoder; the decoder has as many.</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary>Whether every block of the decoder reads the finished encoder.</summary>
    public required bool StackEncDec { get; init; }

    /// <summary>What is added under the root of a norm.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Base of the rotary angles.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>Standard deviation of initial weights.</summary>
    public required double InitializerRange { get; init; }

    /// <summary>Inner width of the feed-forward parts.</summary>
    public int IntermediateSize => InnerFactor * HiddenSize;

    /// <summary>Weights of matrix products in the blocks of both stacks, 24 * layers * C^2: the number the paper names its models by.</summary>
    public long BlockWeights => 2L * NumHiddenLayers * (4 + (2 * InnerFactor)) * HiddenSize * HiddenSize;

    /// <inheritdoc/>
    public override long ParameterCount()
    {
        // Biases of a block: q, k, v and output 4 C, feed-forward (4 + 1) C; its two norms 4 C. Behind the blocks stand two
        // norms, the query and the embedding, which is the unembedding as well.
        long width = HiddenSize;
        return BlockWeights + (2L * NumHiddenLayers * (4 + InnerFactor + 1 + 4) * width) + (4 * width) + width + (VocabSize * width);
    }

    /// <summary>
    /// Floating-point operations of a training step per token at a context length: 6 for each weight of a matrix product and
    /// 12 * C * T for the full scores of each block. Hidden positions are computed as all others.
    /// </summary>
    public override double TrainingFlopsPerToken(long length)
    {
        return (6.0 * (BlockWeights + ((double)VocabSize * HiddenSize))) + (12.0 * 2 * NumHiddenLayers * HiddenSize * length);
    }
}
