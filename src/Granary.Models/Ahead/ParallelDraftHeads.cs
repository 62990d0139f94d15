using Granary.Models.Decoder;
using Granary.Models.Generation.Drafting;
using Granary.Torch;

namespace Granary.Models.Ahead;

/// <summary>Parallel heads as a source of guesses: a block each over the trunk's rows, with keys and values of its own.</summary>
internal sealed class ParallelDraftHeads : IDraftHeads
{
    private readonly IReadOnlyList<DecoderBlock> _blocks;
    private readonly DraftParts _parts;
    private readonly KeyValueCache _cache;
    private readonly TrunkRows _unread = new();

    public ParallelDraftHeads(IReadOnlyList<DecoderBlock> blocks, DraftParts parts)
    {
        (_blocks, _parts) = (blocks, parts);
        _cache = new KeyValueCache(parts.Spec with { NumHiddenLayers = blocks.Count }, batch: 1, parts.Spec.MaxPositionEmbeddings);
    }

    public int Count => _blocks.Count;

    public bool FollowLikeliest => false;

    public void Read(Tensor trunk_TC, ReadOnlySpan<int> rows, ReadOnlySpan<int> following)
    {
        _unread.Add(trunk_TC, rows);
    }

    public Tensor Logits()
    {
        using var scope = torch.NewDisposeScope();
        var x_NC = _unread.Take()!;
        var count = x_NC.size(0);
        var rotary = _parts.Rotary?.Rows(_cache.Length, count);
        var newest = _blocks.Select((block, head) => block.Forward(x_NC, batch: 1, rotary, _cache, head, tree: null).narrow(0, count - 1, 1)).ToArray();
        _cache.Advance((int)count);
        return _parts.Logits(torch.cat(newest)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _unread.Dispose();
        _cache.Dispose();
    }
}
