using Granary.Core;
using Granary.Data.Shards;
using Granary.Data.Shards.Tests;
using Granary.Testing;

namespace Granary.Data.Batching.Tests;

public sealed class BatchLoaderTests
{
    private static readonly DatasetDecompositionConfig Config = new() { TokensPerStep = 128, Cycles = 2, Passes = 2, Curriculum = "uniform" };

    private TempFolder _folder = null!;
    private ShardSet _set = null!;
    private BucketSampler _sampler = null!;

    [SetUp]
    public void OpenSet()
    {
        _folder = new TempFolder();
        _set = ShardSet.Open(ShardSamples.WriteSet(_folder.Path, [(4, 53), (5, 20), (7, 9)], rowsPerShard: 8));
        _sampler = new BucketSampler(_set.Manifest, Config, seed: 1);
    }

    [TearDown]
    public void CloseSet()
    {
        _set.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void Batch_holds_the_rows_of_the_plan_and_the_ids_behind_them([Values(0, 3)] int stepsAhead)
    {
        using var loader = new BatchLoader(_set, _sampler, stepsAhead: stepsAhead);

        for (var step = 0L; step < loader.TotalSteps; step++)
        {
            using var batch = loader.Load(step);
            var plan = _sampler.PlanAt(step);
            Assert.That((batch.Step, batch.Rows, batch.Length), Is.EqualTo((step, plan.Rows.Count, 1 << plan.Exponent)));
            for (var i = 0; i < batch.Rows; i++)
            {
                var row = plan.Rows[i];
                var slice = batch.Slice(i, 1);
                var ids = ShardSamples.Ids(plan.Exponent, row);
                var next = ShardSamples.Next(plan.Exponent, row);
                Assert.Multiple(() =>
                {
                    Assert.That(slice.Tokens.ToArray(), Is.EqualTo(ids));
                    Assert.That(slice.Targets.ToArray(), Is.EqualTo(ids.Skip(1).Append(next < 0 ? (int)TokenBatch.IgnoredTarget : next)));
                    Assert.That(slice.Provenance.Span[0], Is.EqualTo(ShardSamples.Provenance(plan.Exponent, row)));
                });
            }
        }
    }

    [Test]
    public void Batch_of_a_step_is_the_same_from_a_fresh_loader_and_in_any_order()
    {
        var expected = new List<long[]>();
        using (var loader = new BatchLoader(_set, _sampler))
        {
            for (var step = 0L; step < loader.TotalSteps; step++)
            {
                using var batch = loader.Load(step);
                expected.Add([.. batch.Tokens, .. batch.Targets]);
            }
        }

        using var jumping = new BatchLoader(_set, _sampler, stepsAhead: 4);
        for (var i = 0; i < expected.Count; i++)
        {
            var step = (i * 7) % expected.Count;
            using var resumed = new BatchLoader(_set, new BucketSampler(_set.Manifest, Config, seed: 1));
            using var batch = resumed.Load(step);
            using var other = jumping.Load(step);
            Assert.Multiple(() =>
            {
                Assert.That((long[])[.. batch.Tokens, .. batch.Targets], Is.EqualTo(expected[step]));
                Assert.That((long[])[.. other.Tokens, .. other.Targets], Is.EqualTo(expected[step]));
            });
        }
    }

    [Test]
    public void Shares_of_any_number_of_processes_make_up_the_step([Values(1, 2, 3, 4, 8)] int count)
    {
        using var whole = new BatchLoader(_set, _sampler);
        var shares = Enumerable.Range(0, count).Select(index => new BatchLoader(_set, _sampler, new BatchShare(index, count), stepsAhead: index)).ToList();

        for (var step = 0L; step < whole.TotalSteps; step++)
        {
            using var batch = whole.Load(step);
            var parts = shares.ConvertAll(loader => loader.Load(step));
            Assert.Multiple(() =>
            {
                Assert.That(parts.SelectMany(part => part.Tokens.ToArray()), Is.EqualTo(batch.Tokens.ToArray()));
                Assert.That(parts.SelectMany(part => part.Targets.ToArray()), Is.EqualTo(batch.Targets.ToArray()));
                Assert.That(parts.Max(part => part.Rows) - parts.Min(part => part.Rows), Is.LessThanOrEqualTo(1));
            });
            parts.ForEach(part => part.Dispose());
        }

        shares.ForEach(loader => loader.Dispose());
    }

    [Test]
    public void Micro_batches_have_the_same_tokens_whatever_the_length()
    {
        using var loader = new BatchLoader(_set, _sampler);
        for (var step = 0L; step < loader.TotalSteps; step++)
        {
            using var batch = loader.Load(step);

            var slices = batch.MicroBatches(tokens: 64).ToList();

            Assert.Multiple(() =>
            {
                Assert.That(slices.Select(slice => slice.Tokens.Length), Is.All.EqualTo(Math.Max(64, batch.Length)));
                Assert.That(slices.SelectMany(slice => slice.Targets.ToArray()), Is.EqualTo(batch.Targets.ToArray()));
            });
        }
    }

    [Test]
    public void Memory_of_a_batch_that_was_handed_back_is_used_again()
    {
        using var loader = new BatchLoader(_set, _sampler, stepsAhead: 0);
        var first = loader.Load(0);
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(first.Slice(0, 1).Tokens, out var memory);
        first.Dispose();

        using var second = loader.Load(1);

        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(second.Slice(0, 1).Tokens, out var again);
        Assert.Multiple(() =>
        {
            Assert.That(again.Array, Is.SameAs(memory.Array));
            Assert.That(() => first.Slice(0, 1).Rows, Throws.TypeOf<ObjectDisposedException>());
        });
    }

    [Test]
    public void Packed_rows_come_with_segments_and_positions_by_the_law_of_their_step([Values(0, 2)] int stepsAhead)
    {
        using var folder = new TempFolder();
        using var set = ShardSet.Open(ShardSamples.WriteSet(folder.Path, [(6, 40)], isPacked: true));
        var config = new SkyLadderConfig { RowLength = 64, TokensPerStep = 128, InitialWindow = 8 };
        var sampler = new BucketSampler(set.Manifest, config, seed: 1);
        SegmentLaw LawAt(long step) => config.LawAt(step, sampler.TotalSteps);
        using var loader = new BatchLoader(set, sampler, stepsAhead: stepsAhead, lawAt: LawAt);

        foreach (var step in Enumerable.Range(0, (int)sampler.TotalSteps).Append(3))
        {
            using var batch = loader.Load(step);
            for (var i = 0; i < batch.Rows; i++)
            {
                var (slice, row) = (batch.Slice(i, 1), sampler.PlanAt(step).Rows[i]);
                var (segments, positions, next) = (new int[64], new long[64], ShardSamples.Next(6, row));
                long[] targets = [.. ShardSamples.Ids(6, row).Skip(1), next < 0 ? TokenBatch.IgnoredTarget : next];
                SegmentWriter.Fill(LawAt(step), ShardSamples.Borders(6, row), ShardSamples.Provenance(6, row).Flags, segments, positions, targets);
                Assert.Multiple(() =>
                {
                    Assert.That(slice.Segments.ToArray(), Is.EqualTo(segments));
                    Assert.That(slice.Positions.ToArray(), Is.EqualTo(positions));
                    Assert.That(slice.Targets.ToArray(), Is.EqualTo(targets));
                });
            }
        }
    }

    [Test]
    public void Pieces_and_joined_rows_have_no_segments()
    {
        using var folder = new TempFolder();
        using var packed = ShardSet.Open(ShardSamples.WriteSet(folder.Path, [(6, 40)], isPacked: true));
        using var ofPieces = new BatchLoader(_set, _sampler);
        using var ofRows = new BatchLoader(packed, new BucketSampler(packed.Manifest, new ConcatAndChunkConfig { RowLength = 64, TokensPerStep = 128 }, seed: 1));

        foreach (var loader in (BatchLoader[])[ofPieces, ofRows])
        {
            using var batch = loader.Load(0);
            Assert.That((batch.Segments.Length, batch.Positions.Length), Is.EqualTo((0, 0)));
        }
    }

    [Test]
    public void Damage_ahead_is_reported_by_the_step_it_is_in()
    {
        // With these odds the shorter rows come first, so several whole steps lie before the first of the longest.
        var sampler = new BucketSampler(_set.Manifest, Config with { Curriculum = "grow-p100" }, seed: 1);
        var bad = Enumerable.Range(0, (int)sampler.TotalSteps).First(step => sampler.PlanAt(step).Exponent == 7);
        foreach (var shard in Directory.GetFiles(_folder["d07"]))
        {
            var bytes = File.ReadAllBytes(shard);
            bytes[4_200] ^= 4;
            File.WriteAllBytes(shard, bytes);
        }

        using var loader = new BatchLoader(_set, sampler, stepsAhead: 3);

        Assert.That(bad, Is.GreaterThan(3));
        Assert.That(() => Enumerable.Range(0, bad).ToList().ForEach(step => loader.Load(step).Dispose()), Throws.Nothing);
        Assert.That(() => loader.Load(bad), Throws.TypeOf<CorpusException>());
        Assert.That(() => loader.Load(bad), Throws.TypeOf<CorpusException>(), "asked for again, it is reported again");
    }
}
