using Granary.Cli.Stages;
using Granary.Core.Randomness;
using Granary.Data.Tokenization;
using Granary.Pipelines.Climb.Clustering;
using Granary.Pipelines.Climb.Embedding;
using Granary.Torch;

namespace Granary.Cli.Mixtures;

/// <summary>Embeds texts by the mean of a language model's last hidden states. Shape letters: B documents, T tokens, N = B * T, C width.</summary>
internal sealed class HiddenStateEmbedder : IDocumentEmbedder
{
    private readonly HiddenStateConfig _config;
    private readonly int _threads;
    private readonly TrainedModel _trained;

    public HiddenStateEmbedder(HiddenStateConfig config, int threads)
    {
        _config = config;
        _threads = threads;
        _trained = TrainedModel.Open(config.Model);
        _trained.RequireLeftToRight("mix");
    }

    /// <inheritdoc/>
    public int Dimensions => _trained.Model.Spec.HiddenSize;

    /// <inheritdoc/>
    public bool NeedsFit => false;

    /// <inheritdoc/>
    public void Fit(IReadOnlyList<ReadOnlyMemory<byte>> sample, RandomKey key, CancellationToken cancellationToken)
    {
    }

    /// <inheritdoc/>
    public float[] Embed(IReadOnlyList<ReadOnlyMemory<byte>> texts, CancellationToken cancellationToken)
    {
        using var workers = new BlockWorkers(_threads);
        var ids = Encode(texts);

        // Texts of one length go together, so that there is little padding.
        int[] order = [.. Enumerable.Range(0, ids.Length).Where(i => ids[i].Length > 0).OrderBy(i => ids[i].Length)];
        var rows = new float[(long)texts.Count * Dimensions];
        workers.RunRange(order.Length, _config.DocumentsPerCall, (start, end) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            Read(order.AsSpan(start, end - start), ids, rows);
        });
        return rows;
    }

    /// <inheritdoc/>
    public void Save(string folder)
    {
    }

    /// <inheritdoc/>
    public void Load(string folder)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trained.Dispose();
    }

    private int[][] Encode(IReadOnlyList<ReadOnlyMemory<byte>> texts)
    {
        var most = Math.Min(_config.MaxTokens, _trained.Model.Spec.MaxPositionEmbeddings);
        var (encoder, buffer) = (_trained.Tokenizer.CreateEncoder(), new TokenBuffer());
        return [.. texts.Select(text =>
        {
            buffer.Clear();
            encoder.Encode(text.Span, buffer);
            return buffer.Ids[..Math.Min(buffer.Count, most)].ToArray();
        })];
    }

    // The mask is causal, so padding behind a text changes none of its states.
    private void Read(ReadOnlySpan<int> documents, int[][] ids, float[] rows)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var longest = ids[documents[^1]].Length;
        var padded = new long[documents.Length * longest];
        for (var i = 0; i < documents.Length; i++)
        {
            for (var token = 0; token < ids[documents[i]].Length; token++)
            {
                padded[(i * longest) + token] = ids[documents[i]][token];
            }
        }

        var states_BTC = _trained.Model.Hidden(torch.tensor<long>(padded, [documents.Length, longest])).to(ScalarType.Float32).reshape(documents.Length, longest, Dimensions);
        for (var i = 0; i < documents.Length; i++)
        {
            var mean_C = states_BTC.narrow(0, i, 1).narrow(1, 0, ids[documents[i]].Length).mean([0, 1]);
            mean_C.to_array<float>().CopyTo(rows.AsSpan(documents[i] * Dimensions, Dimensions));
        }
    }
}
