using Granary.Core;
using Granary.Core.Randomness;
using Granary.Data.Tokenization;
using Granary.Pipelines.Climb.Clustering;
using Granary.Torch;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>Embeds texts by a TorchScript module; each call of it runs on one thread, several at a time.</summary>
internal sealed class TorchScriptEmbedder : IDocumentEmbedder
{
    private readonly TorchScriptConfig _config;
    private readonly int _threads;
    private readonly Tokenizer _tokenizer;
    private readonly ScriptModule _module;

    public TorchScriptEmbedder(TorchScriptConfig config, int threads)
    {
        _config = config;
        _threads = threads;
        _tokenizer = Tokenizer.Load(config.Tokenizer);
        _module = Open(config.Module);
        Dimensions = Probe();
    }

    /// <inheritdoc/>
    public int Dimensions { get; }

    /// <inheritdoc/>
    public bool NeedsFit => false;

    private bool TakesMask => _module.Arguments >= 2;

    // Without a mask a module would take padding for text.
    private int DocumentsPerCall => TakesMask ? _config.DocumentsPerCall : 1;

    /// <inheritdoc/>
    public void Fit(IReadOnlyList<ReadOnlyMemory<byte>> sample, RandomKey key, CancellationToken cancellationToken)
    {
    }

    /// <inheritdoc/>
    public float[] Embed(IReadOnlyList<ReadOnlyMemory<byte>> texts, CancellationToken cancellationToken)
    {
        using var workers = new BlockWorkers(_threads);
        using var encoders = new ThreadLocal<TokenEncoder>(_tokenizer.CreateEncoder);
        var ids = new int[texts.Count][];
        workers.Run(texts.Count, i =>
        {
            var buffer = new TokenBuffer();
            encoders.Value!.Encode(texts[i].Span, buffer);
            ids[i] = buffer.Ids[..Math.Min(buffer.Count, _config.MaxTokens)].ToArray();
        });

        // Texts of one length go together, so that there is little padding.
        int[] order = [.. Enumerable.Range(0, ids.Length).Where(i => ids[i].Length > 0).OrderBy(i => ids[i].Length)];
        var rows = new RowMatrix(new float[(long)texts.Count * Dimensions], Dimensions);
        workers.RunRange(order.Length, DocumentsPerCall, (start, end) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            Call(order.AsSpan(start, end - start), ids, rows);
        });
        return rows.Values;
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
        _module.Dispose();
    }

    /// <summary>What is wrong with the shape of a module's answer; null where nothing is.</summary>
    /// <param name="shape">The answer's.</param>
    /// <param name="documents">Documents that were asked about.</param>
    /// <param name="tokens">Tokens of each.</param>
    /// <param name="dimensions">Numbers in a vector; 0 before the first answer.</param>
    internal static string? FaultOf(long[] shape, long documents, long tokens, int dimensions)
    {
        var isOfTexts = shape.Length == 2 && shape[0] == documents;
        var isOfTokens = shape.Length == 3 && shape[0] == documents && shape[1] == tokens;
        if ((isOfTexts || isOfTokens) && (dimensions == 0 || shape[^1] == dimensions))
        {
            return null;
        }

        var expected = dimensions == 0 ? "dimensions" : $"{dimensions}";
        return $"The module returned '[{string.Join(", ", shape)}]' for {documents} documents of {tokens} tokens, but must return [documents, {expected}] or [documents, tokens, {expected}]. Wrap it in one that does.";
    }

    private static ScriptModule Open(string path)
    {
        try
        {
            return new ScriptModule(path) is { RequiredArguments: 1 or 2, Arguments: >= 1 } module
                ? module
                : throw new CorpusException(path, "The module's forward must take token ids, and may take a mask; it takes other arguments. Wrap it in one that takes these.");
        }
        catch (TorchException exception)
        {
            throw new CorpusException(path, $"The TorchScript module cannot be read: {exception.Message.Split('\n')[0]} Give a file of torch.jit.save.", inner: exception);
        }
    }

    private int Probe()
    {
        using var alone = new BlockWorkers(1);
        var dimensions = 0;
        alone.Run(1, _ =>
        {
            using var scope = torch.NewDisposeScope();
            dimensions = (int)Vectors(torch.zeros([1, 1], ScalarType.Int64), torch.ones([1, 1], ScalarType.Int64)).size(-1);
        });
        return dimensions;
    }

    private void Call(ReadOnlySpan<int> documents, int[][] ids, RowMatrix rows)
    {
        using var scope = torch.NewDisposeScope();
        var longest = ids[documents[^1]].Length;
        var (padded, mask) = (new long[documents.Length * longest], new long[documents.Length * longest]);
        for (var i = 0; i < documents.Length; i++)
        {
            var ofDocument = ids[documents[i]];
            for (var token = 0; token < ofDocument.Length; token++)
            {
                padded[(i * longest) + token] = ofDocument[token];
                mask[(i * longest) + token] = 1;
            }
        }

        var vectors = Vectors(torch.tensor<long>(padded, [documents.Length, longest]), torch.tensor<long>(mask, [documents.Length, longest])).to_array<float>();
        for (var i = 0; i < documents.Length; i++)
        {
            vectors.AsSpan(i * Dimensions, Dimensions).CopyTo(rows[documents[i]]);
        }
    }

    // [documents, dimensions]
    private Tensor Vectors(Tensor ids_BT, Tensor mask_BT)
    {
        var output = (TakesMask ? _module.forward(ids_BT, mask_BT) : _module.forward(ids_BT)).to(ScalarType.Float32);
        if (FaultOf(output.shape, ids_BT.size(0), ids_BT.size(1), Dimensions) is { } fault)
        {
            throw new CorpusException(_config.Module, fault);
        }

        if (output.ndim == 2)
        {
            return output;
        }

        var weights_BT1 = mask_BT.to(ScalarType.Float32).unsqueeze(2);
        return (output * weights_BT1).sum([1]) / weights_BT1.sum([1]);
    }
}
