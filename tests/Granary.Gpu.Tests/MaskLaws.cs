using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Gpu.Tests;

/// <summary>Every law a query may see keys by, with vectors on the default device.</summary>
internal static class MaskLaws
{
    /// <summary>Names of the laws, those of libtorch's own operators first.</summary>
    internal static IReadOnlyList<string> Names { get; } =
        ["causal", "full", "offset", "segments", "causal segments", "anchors", "ranked", "ranked segments", "nothing seen"];

    /// <summary>The law for rows of queries and keys.</summary>
    internal static AttentionMask Of(string name, int batch, int queries, int keys)
    {
        // Keys of segment 0 are invalid, and queries of segment 9 see only anchors: some rows see nothing.
        var segmentQ = Integers(batch, queries, index => index % 7 == 3 ? 9 : 1 + (index / 20 % 2));
        var segmentK = Integers(batch, keys, index => index % 11 == 5 ? 0 : 1 + (index / 20 % 2));
        var anchorK = Integers(batch, keys, index => index == 2 ? 1 : 0).to(ScalarType.Byte);
        var ranked = AttentionMask.Ranked(Integers(batch, queries, index => index * 7 % 31), Integers(batch, keys, index => index * 5 % 29));
        return name switch
        {
            "causal" => AttentionMask.Causal(),
            "full" => AttentionMask.Full,
            "offset" => AttentionMask.Causal(keys - queries + 3),
            "segments" => AttentionMask.Full.WithSegments(segmentQ, segmentK),
            "causal segments" => AttentionMask.Causal().WithSegments(segmentQ, segmentK),
            "anchors" => AttentionMask.Causal().WithSegments(segmentQ, segmentK, anchorK),
            "ranked" => ranked,
            "ranked segments" => ranked.WithSegments(segmentQ, segmentK, anchorK),
            _ => AttentionMask.Causal(-keys),
        };
    }

    private static Tensor Integers(int batch, int length, Func<int, int> at)
    {
        return torch.tensor(Enumerable.Range(0, batch * length).Select(place => at(place % length) + (place / length % 2)).ToArray(), [batch, length]);
    }
}
