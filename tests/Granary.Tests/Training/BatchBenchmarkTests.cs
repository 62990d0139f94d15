using Granary.Data.Batching;
using Granary.Data.Shards;
using Granary.Data.Shards.Tests;
using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Training.Tests;

public sealed class BatchBenchmarkTests
{
    [TestCase("concat-and-chunk")]
    [TestCase("document-masking")]
    [TestCase("skyladder")]
    public void Pairs_are_those_of_the_mask_written_out(string type)
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TempFolder();
        using var set = ShardSet.Open(ShardSamples.WriteSet(folder.Path, [(6, 4)], isPacked: true));
        PackedBatchingConfig config = type switch
        {
            "skyladder" => new SkyLadderConfig { RowLength = 64, TokensPerStep = 256, InitialWindow = 7 },
            "document-masking" => new DocumentMaskingConfig { RowLength = 64, TokensPerStep = 256 },
            _ => new ConcatAndChunkConfig { RowLength = 64, TokensPerStep = 256 },
        };
        using var loader = new BatchLoader(set, new BucketSampler(set.Manifest, config, seed: 1), lawAt: step => config.LawAt(step, 1));
        using var batch = loader.Load(0);

        var mask = AttentionMask.Causal();
        if (!batch.Segments.IsEmpty)
        {
            var segments = torch.tensor(batch.Segments, [4, 64]);
            mask = mask.WithSegments(segments, segments);
        }

        // The dense mask of joined rows is one for all four; each position sees itself, which is no pair.
        var dense = mask.ToDense(64, 64).to(ScalarType.Float64);
        var rows = 4 / dense.size(0);
        Assert.That(BatchBenchmark.CountPairs(batch), Is.EqualTo((rows * dense.sum().item()) - 256));
    }
}
