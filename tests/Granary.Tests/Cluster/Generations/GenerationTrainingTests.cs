using Granary.Cluster.Ledger;
using Granary.Core.Runs;
using Granary.Testing;

namespace Granary.Cluster.Generations.Tests;

public sealed class GenerationTrainingTests
{
    private static readonly GenerationPlan Plan = new() { Job = "job", Ranks = 2, MinRanks = 2, Threads = 1, Arguments = ["train"] };

    private TempFolder _folder = null!;

    [SetUp]
    public void Create()
    {
        _folder = new TempFolder();
    }

    [TearDown]
    public void Remove()
    {
        _folder.Dispose();
    }

    [Test]
    public async Task The_generation_stands_in_the_folder_before_its_ranks_are_placed()
    {
        var fake = new FakeGenerations(_folder.Path, (_, _) => "done done");

        await RunAsync(fake);

        Assert.That(RunGeneration.Find(_folder.Path)?.Number, Is.EqualTo(1));
        Assert.That(fake.Made.Single().Id, Is.EqualTo("job/train/1"));
        Assert.That(fake.Made.Single().Kind, Is.EqualTo(DatasetKind.Ranks));
        Assert.That(fake.Made.Single().Shards.Select(shard => shard.Environment["GRANARY_GENERATION"]), Is.EqualTo(new[] { "1", "1" }));
    }

    [Test]
    public async Task A_failed_rank_ends_its_generation_and_another_goes_on_from_what_is_saved()
    {
        var fake = new FakeGenerations(_folder.Path, (generation, look) => generation == 1 ? look < 3 ? "leased leased" : "failed leased" : "done done") { Saved = generation => generation * 10 };

        await RunAsync(fake);

        Assert.That(fake.Cancelled, Is.EqualTo(new[] { "job/train/1" }));
        Assert.That(RunGeneration.Find(_folder.Path), Is.EqualTo(new RunGeneration { Number = 2, Ranks = 2, Dataset = "job/train/2", FromStep = 10 }));
        Assert.That(fake.Said, Has.Some.StartsWith("Generation 1 is over: rank 0 on 'node-0' failed. It broke on rank 0."));
    }

    [Test]
    public async Task A_new_process_of_the_job_takes_up_the_generation_that_runs()
    {
        new RunGeneration { Number = 4, Ranks = 2, Dataset = "job/train/4" }.Write(_folder.Path);
        var fake = new FakeGenerations(_folder.Path, (_, look) => look < 3 ? "leased leased" : "done done");

        await RunAsync(fake);

        Assert.That(fake.Made.Select(dataset => dataset.Id), Is.EqualTo(new[] { "job/train/4" }), "made again, which does nothing");
        Assert.That(fake.Cancelled, Is.Empty);
    }

    [Test]
    public async Task Another_job_over_the_same_run_fences_the_ranks_of_the_first()
    {
        new RunGeneration { Number = 4, Ranks = 2, Dataset = "former/train/4" }.Write(_folder.Path);
        var fake = new FakeGenerations(_folder.Path, (_, _) => "done done");

        await RunAsync(fake);

        Assert.That(RunGeneration.Find(_folder.Path)?.Dataset, Is.EqualTo("job/train/5"));
    }

    [Test]
    public void An_interruption_leaves_the_ranks_as_they_are()
    {
        using var source = new CancellationTokenSource();
        var fake = new FakeGenerations(_folder.Path, (_, look) =>
        {
            if (look == 3)
            {
                source.Cancel();
            }

            return "leased leased";
        });

        Assert.That(() => RunAsync(fake, source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(fake.Cancelled, Is.Empty);
    }

    [Test]
    public void Generations_that_fail_in_a_row_without_a_step_are_given_up_with_each_rank()
    {
        var fake = new FakeGenerations(_folder.Path, (_, _) => "leased failed") { Progress = "train, step 0" };

        var thrown = Assert.ThrowsAsync<GenerationsException>(() => RunAsync(fake));

        Assert.That(fake.Made, Has.Count.EqualTo(Plan.MostFruitless));
        Assert.That(thrown.Rank, Is.EqualTo(1));
        Assert.That(thrown.Message, Does.StartWith("3 generations in a row have failed").And.Contain("[rank 0 on 'node-0'] Leased").And.Contain("[rank 1 on 'node-1'] It broke on rank 1."));
    }

    [Test]
    public async Task Nodes_that_are_lost_in_a_row_are_no_fault_of_the_job()
    {
        var fake = new FakeGenerations(_folder.Path, (generation, _) => generation < Plan.MostLost ? "leased cancelled" : "done done");

        await RunAsync(fake);

        Assert.That(fake.Made, Has.Count.EqualTo(Plan.MostLost));
    }

    [Test]
    public void A_job_whose_nodes_are_lost_again_and_again_is_given_up()
    {
        var fake = new FakeGenerations(_folder.Path, (_, _) => "leased cancelled");

        Assert.That(() => RunAsync(fake), Throws.TypeOf<GenerationsException>().With.Message.StartsWith("20 generations in a row have failed or lost their nodes"));
        Assert.That(fake.Made, Has.Count.EqualTo(Plan.MostLost));
    }

    [Test]
    public async Task A_step_of_progress_begins_the_count_anew()
    {
        var fake = new FakeGenerations(_folder.Path, (generation, _) => generation < 20 ? "leased failed" : "done done") { Saved = generation => generation / 2 };

        await RunAsync(fake);

        Assert.That(fake.Made, Has.Count.EqualTo(20));
    }

    [Test]
    public async Task Ranks_that_saved_because_their_node_is_needed_are_no_failure()
    {
        var fake = new FakeGenerations(_folder.Path, (generation, look) => generation == 20 ? "done done" : look < 3 ? "saved leased" : "saved saved");

        await RunAsync(fake);

        Assert.That(fake.Made, Has.Count.EqualTo(20));
    }

    [Test]
    public async Task Ranks_that_hang_are_ended_and_the_oldest_is_named()
    {
        var fake = new FakeGenerations(_folder.Path, (generation, _) => generation == 1 ? "leased leased" : "done done") { Progress = "train, step 7" };

        await RunAsync(fake);

        Assert.That(fake.Said, Has.Some.Contains("no rank has moved for 300 s. Rank 0 on 'node-0' is at 'train, step 7'"));
    }

    [Test]
    public async Task Fewer_ranks_go_on_where_more_find_no_room_and_it_is_said_that_bits_differ()
    {
        var fake = new FakeGenerations(_folder.Path, (generation, _) => generation == 1 ? "free free" : "done") { NodeThreads = [1] };

        await RunAsync(fake, plan: Plan with { MinRanks = 1 });

        Assert.That(fake.Made.Select(dataset => dataset.Shards.Count), Is.EqualTo(new[] { 2, 1 }));
        Assert.That(fake.Said, Has.Some.Contains("not with the bits of a run of 2"));
    }

    [Test]
    public void With_less_room_than_the_least_it_waits_and_says_so_once()
    {
        using var source = new CancellationTokenSource();
        var fake = new FakeGenerations(_folder.Path, (_, look) =>
        {
            if (look == 500)
            {
                source.Cancel();
            }

            return "free free";
        })
        { NodeThreads = [1] };

        Assert.That(() => RunAsync(fake, source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(fake.Made, Has.Count.EqualTo(1));
        Assert.That(fake.Said.Count(sentence => sentence.Contains("wait for places", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [TestCase(1, new[] { 3, 2, 1 }, 4, Description = "no more than are wanted")]
    [TestCase(2, new[] { 3, 2, 1 }, 2, Description = "a rank's threads lie on one node")]
    [TestCase(4, new[] { 3, 2, 1 }, 0)]
    public void Room_is_counted_node_by_node(int threads, int[] nodes, int expected)
    {
        Assert.That((Plan with { Ranks = 4, Threads = threads }).RoomOn(nodes, [.. nodes.Select(_ => 0)]), Is.EqualTo(expected));
    }

    [Test]
    public void Room_is_for_whole_groups_of_ranks_that_share_rows()
    {
        Assert.That((Plan with { Ranks = 6, Multiple = 2 }).RoomOn([3, 2], [0, 0]), Is.EqualTo(4));
    }

    private static Task RunAsync(FakeGenerations fake, CancellationToken cancellationToken = default, GenerationPlan? plan = null)
    {
        return new GenerationTraining(fake, fake, plan ?? Plan, fake.Clock).RunAsync(cancellationToken);
    }
}
