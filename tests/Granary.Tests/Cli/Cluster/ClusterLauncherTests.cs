using System.Net;
using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;
using Granary.Cluster.Protocol.Tests;
using Granary.Core.Jobs;
using Granary.Testing;

namespace Granary.Cli.Cluster.Tests;

public sealed class ClusterLauncherTests
{
    private const string Dataset = "job/mix";

    [Test]
    public async Task A_job_is_a_shard_that_is_waited_for()
    {
        using var bench = new Bench();

        var running = bench.Launcher.RunAsync(Job("a"), CancellationToken.None);
        var created = await bench.CreateAsync();
        var added = await bench.AddAsync(first: 0);
        await bench.RowsAsync(Row(0, ShardState.Leased));
        await bench.ChangeAsync(version: 7);
        await bench.RowsAsync(Row(0, ShardState.Done));
        var outcome = await running;

        Assert.That(created.Id, Is.EqualTo(Dataset));
        Assert.That(added.Shards.Single().Arguments, Is.EqualTo(new[] { "mix", "trial", "spec.json" }));
        Assert.That(outcome.IsDone, Is.True);
    }

    [Test]
    public async Task A_shard_that_failed_is_an_outcome_with_what_it_said()
    {
        using var bench = new Bench();

        var running = bench.Launcher.RunAsync(Job("a"), CancellationToken.None);
        await bench.CreateAsync();
        await bench.AddAsync(first: 0);
        await bench.RowsAsync(Row(0, ShardState.Failed) with { Failure = "the disk is full" });

        Assert.That(await running, Is.EqualTo(new JobOutcome(1, "the disk is full")));
    }

    [Test]
    public async Task A_process_that_is_started_again_hands_in_the_same_operation_and_a_second_attempt_another_one()
    {
        var operations = new List<string>();
        foreach (var attempts in new[] { 2, 1 })
        {
            using var bench = new Bench();
            for (var attempt = 0; attempt < attempts; attempt++)
            {
                var running = bench.Launcher.RunAsync(Job("a"), CancellationToken.None);
                if (attempt == 0)
                {
                    await bench.CreateAsync();
                }

                operations.Add((await bench.AddAsync(first: attempt)).Operation);
                await bench.RowsAsync(Row(attempt, ShardState.Done));
                await running;
            }
        }

        Assert.That(operations[2], Is.EqualTo(operations[0]));
        Assert.That(operations[1], Is.Not.EqualTo(operations[0]));
        Assert.That(operations, Has.All.Length.LessThanOrEqualTo(64));
    }

    private static JobSpec Job(string id) => new() { Id = id, Arguments = ["mix", "trial", "spec.json"], LogPath = "log.txt" };

    private static ShardRow Row(int index, ShardState state)
    {
        return new ShardRow { Key = new ShardKey(Dataset, index), State = state, Token = new LeaseToken(1, 1), Work = new ShardWork { Arguments = ["mix"] } };
    }

    /// <summary>A launcher on a wire that answers as the test says; what is asked twice is answered the same.</summary>
    private sealed class Bench : IDisposable
    {
        private readonly FakeWire _wire = new();
        private readonly CoordinatorClient _client;

        public Bench()
        {
            _client = new CoordinatorClient(new CoordinatorOptions { Address = new Uri("http://coordinator:7420"), Token = "grn_secret" }, new ManualClock(), _wire);
            Launcher = new ClusterLauncher(_client, "job", Dataset);
        }

        public ClusterLauncher Launcher { get; }

        public async Task<DatasetSpec> CreateAsync()
        {
            var request = await _wire.NextAsync("POST", Routes.Datasets);
            request.Answer(HttpStatusCode.Created);
            return request.Read<DatasetSpec>();
        }

        public async Task<AddRequest> AddAsync(int first)
        {
            var request = await _wire.NextAsync("POST", Routes.Shards);
            request.Answer(new AddReply(first));
            return request.Read<AddRequest>();
        }

        /// <summary>Answers both who has just come to wait and who watches the dataset.</summary>
        public async Task RowsAsync(ShardRow row)
        {
            (await _wire.NextAsync("GET", Routes.Shards)).Answer(new[] { row });
            if (row.State == ShardState.Leased)
            {
                (await _wire.NextAsync("GET", Routes.Shards)).Answer(new[] { row });
            }
        }

        public async Task ChangeAsync(long version)
        {
            (await _wire.NextAsync("GET", Routes.Datasets)).Answer(new DatasetSnapshot { Id = Dataset, Job = "job", Kind = DatasetKind.Work, Version = version, Shards = new Dictionary<ShardState, int>() });
        }

        public void Dispose()
        {
            Launcher.Dispose();
            _client.Dispose();
            _wire.Dispose();
        }
    }
}
