using Granary.Cluster.Ledger;

namespace Granary.Cluster.Workers.Tests;

public sealed class GpuShareTests
{
    private static readonly string[] Eight = [.. Enumerable.Range(0, 8).Select(number => $"g{number}")];

    [Test]
    public void Who_has_a_quarter_of_the_threads_has_a_quarter_of_the_GPUs_and_nobody_elses()
    {
        var share = new GpuShare(Eight, threads: 64);

        var taken = Enumerable.Range(0, 4).Select(_ => share.Take(Lease(16))).ToList();

        Assert.That(taken, Is.All.Count.EqualTo(2));
        Assert.That(taken.SelectMany(gpus => gpus), Is.EquivalentTo(Eight));
    }

    [Test]
    public void More_work_than_GPUs_shares_them_evenly()
    {
        var share = new GpuShare(["a", "b"], threads: 8);

        var taken = Enumerable.Range(0, 4).Select(_ => share.Take(Lease(1)).Single()).ToList();

        Assert.That(taken, Is.EqualTo(new[] { "a", "b", "a", "b" }));
    }

    [Test]
    public void What_is_given_back_is_taken_next()
    {
        var share = new GpuShare(["a", "b"], threads: 2);
        var first = share.Take(Lease(1));
        share.Take(Lease(1));

        share.GiveBack(first);

        Assert.That(share.Take(Lease(1)), Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public void A_node_without_GPUs_and_a_jobs_own_process_say_nothing_of_them()
    {
        Assert.That(new GpuShare([], threads: 4).Take(Lease(4)), Is.Empty);
        Assert.That(new GpuShare(Eight, threads: 4).Take(Lease(4) with { Kind = DatasetKind.Driver }), Is.Empty);
    }

    private static ShardLease Lease(int threads)
    {
        return new ShardLease(new ShardKey("job/work", 0), "job", DatasetKind.Work, new LeaseToken(1, 1), TimeSpan.FromSeconds(30), new ShardWork { Arguments = ["check"], Threads = threads });
    }
}
