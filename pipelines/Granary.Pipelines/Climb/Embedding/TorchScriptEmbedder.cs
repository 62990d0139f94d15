using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Embedding;

internal sealed class TorchScriptEmbedder(TorchScriptConfig config, int threads) : IDocumentEmbedder
{
    public int Dimensions => config.MaxTokens;
    public bool NeedsFit => threads > 0;
    public void Fit(IReadOnlyList<ReadOnlyMemory<byte>> sample, RandomKey key, CancellationToken cancellationToken) => throw new NotSupportedException();
    public float[] Embed(IReadOnlyList<ReadOnlyMemory<byte>> texts, CancellationToken cancellationToken) => throw new NotSupportedException();
    public void Save(string folder) => throw new NotSupportedException();
    public void Load(string folder) => throw new NotSupportedException();
    public void Dispose()
    {
    }
}
