namespace Granary.Pipelines.Corpus.Tests;

public sealed class PartPipelineTests
{
    [TestCase(1)]
    [TestCase(3)]
    public void No_more_parts_are_begun_than_may_wait_and_they_come_in_order(int workers)
    {
        var begun = 0;
        using var pipeline = new PartPipeline(Parts(1000, _ => Interlocked.Increment(ref begun)), workers, CancellationToken.None);
        var taken = 0;

        foreach (var part in pipeline.Parts())
        {
            Assert.That(part.Part.Start, Is.EqualTo(taken));
            Assert.That(Volatile.Read(ref begun), Is.LessThanOrEqualTo(taken + (2 * workers)), "the taken one is among those that are under way");
            taken++;
        }

        Assert.That(taken, Is.EqualTo(1000));
    }

    [Test]
    public void A_fault_in_finding_parts_is_thrown_behind_the_parts_before_it()
    {
        using var pipeline = new PartPipeline(Parts(10, index => _ = index == 7 ? throw new InvalidOperationException("seven") : index), 3, CancellationToken.None);
        var taken = 0;

        var error = Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (var part in pipeline.Parts())
            {
                taken++;
            }
        });

        Assert.That((error.Message, taken), Is.EqualTo(("seven", 7)));
    }

    [TestCase(1)]
    [TestCase(8)]
    [TestCase(64)]
    public void What_waits_in_all_queues_is_bounded(int workers)
    {
        Assert.That(PartPipeline.QueueBytes(workers) * 2 * workers, Is.LessThanOrEqualTo(PartPipeline.MaxWaitingBytes));
    }

    [Test]
    public void A_batch_larger_than_its_queue_passes_alone()
    {
        var queue = new BatchQueue(maxBytes: 100);

        queue.Add(new DocumentBatch { TextBytes = 1000 });

        Assert.That(queue.Take()!.TextBytes, Is.EqualTo(1000));
    }

    [Test]
    public void An_abandoned_queue_stops_who_adds_and_gives_nothing()
    {
        var queue = new BatchQueue(maxBytes: 100);
        queue.Add(new DocumentBatch());

        queue.Abandon();

        Assert.That(queue.Take(), Is.Null);
        Assert.Throws<OperationCanceledException>(() => queue.Add(new DocumentBatch()));
    }

    private static IEnumerable<PartRead> Parts(int count, Action<int> begin)
    {
        var file = new CorpusFile { Path = "none", Bytes = count, Modified = default };
        for (var index = 0; index < count; index++)
        {
            begin(index);
            yield return new PartRead(CorpusSample.JsonLines(), new NoFormat(), 0, new FilePart(file, index, count, index, index + 1), 1 << 20);
        }
    }

    /// <summary>Parts without a document.</summary>
    private sealed class NoFormat : ISourceFormat
    {
        public IReadOnlyList<FilePart> Split(CorpusFile file)
        {
            return [FilePart.Whole(file)];
        }

        public PartDigest Read(FilePart part, DocumentSink sink)
        {
            return new PartDigest([], 0, 0);
        }
    }
}
