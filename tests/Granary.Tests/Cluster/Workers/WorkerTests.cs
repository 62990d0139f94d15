using System.Net;
using System.Security.Cryptography;
using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;
using Granary.Cluster.Protocol.Tests;
using Granary.Testing;

namespace Granary.Cluster.Workers.Tests;

public sealed class WorkerTests
{
    private const string HeartbeatPath = $"{Routes.Nodes}/node/heartbeat";
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(30);
    private static readonly LeaseKeys Keys = new("grnw_holder", "grnw_work");

    [Test]
    public async Task Work_is_run_below_its_lease_and_its_output_committed_with_its_hash()
    {
        await using var bench = await Bench.StartAsync();

        await bench.GrantAsync(Lease(output: "out/part", "decompose", "tokens", "{output}"));
        var started = await bench.Launcher.NextAsync();
        File.WriteAllText(started.Job.Arguments[2], "ids");
        started.End();
        var commit = await bench.Wire.NextAsync("POST", Routes.Commit);
        commit.Answer(HttpStatusCode.OK);

        var path = Path.Combine(bench.Folder.Path, "out", "part.1-1");
        Assert.That(started.Job.Arguments, Is.EqualTo(new[] { "decompose", "tokens", path }));
        Assert.That(started.Job.WorkingFolder, Is.EqualTo(bench.Folder.Path));
        Assert.That(started.Job.Environment, Does.ContainKey(CoordinatorOptions.JobVariable).WithValue("job"));
        Assert.That(
            commit.Read<CommitRequest>(),
            Is.EqualTo(new CommitRequest(OperationId.Of("commit", "job/work#0 (1-1)"), new ShardKey("job/work", 0), new LeaseToken(1, 1), new ShardOutput(path, Convert.ToHexStringLower(SHA256.HashData("ids"u8)), 3))));
        Assert.That(await bench.SaidAsync("is done"), Does.Contain("job/work#0"));
    }

    [Test]
    public async Task Work_finds_a_token_of_its_own_and_its_lease_is_ended_with_the_holders()
    {
        await using var bench = await Bench.StartAsync();

        await bench.GrantAsync(Lease(output: null, "check"));
        var started = await bench.Launcher.NextAsync();
        var path = started.Job.Environment[CoordinatorOptions.TokenFileVariable];
        var (token, mode) = (File.ReadAllText(path), OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path));
        started.End();
        var commit = await bench.Wire.NextAsync("POST", Routes.Commit);
        commit.Answer(HttpStatusCode.OK);
        await bench.SaidAsync("is done");
        await bench.Wire.NextAsync("POST", Routes.Leases);

        Assert.That((token, mode), Is.EqualTo(("grnw_work", UnixFileMode.UserRead | UnixFileMode.UserWrite)));
        Assert.That(commit.Authorization!.Parameter, Is.EqualTo("grnw_holder"));
        Assert.That(File.Exists(path), Is.False, "it goes with the work");
    }

    [Test]
    public async Task Work_that_fails_is_given_back_with_its_last_lines_and_its_file_is_removed()
    {
        await using var bench = await Bench.StartAsync();

        await bench.GrantAsync(Lease(output: "part", "check", "{output}"));
        var started = await bench.Launcher.NextAsync();
        File.WriteAllText(started.Job.Arguments[1], "half");
        started.End(1, "granary: the disk is full");
        var release = await bench.Wire.NextAsync("POST", Routes.Release);
        release.Answer(HttpStatusCode.OK);

        Assert.That(release.Read<ReleaseRequest>().Failure, Is.EqualTo("It ended with '1'. It said last: granary: the disk is full"));
        Assert.That(File.Exists(started.Job.Arguments[1]), Is.False);
    }

    [Test]
    public async Task Work_that_says_try_elsewhere_is_given_back_without_a_failure()
    {
        await using var bench = await Bench.StartAsync();

        await bench.GrantAsync(Lease(output: null, "check"));
        (await bench.Launcher.NextAsync()).End(75, "gone");
        var release = await bench.Wire.NextAsync("POST", Routes.Release);
        release.Answer(HttpStatusCode.OK);

        Assert.That(release.Read<ReleaseRequest>().Failure, Is.Null);
    }

    [Test]
    public async Task A_commit_that_is_fenced_leaves_no_file()
    {
        await using var bench = await Bench.StartAsync();

        await bench.GrantAsync(Lease(output: "part", "check", "{output}"));
        var started = await bench.Launcher.NextAsync();
        File.WriteAllText(started.Job.Arguments[1], "late");
        started.End();
        (await bench.Wire.NextAsync("POST", Routes.Commit)).Refuse(HttpStatusCode.Conflict, "fenced");

        Assert.That(await bench.SaidAsync("too late"), Does.Contain("its lease was over"));
        Assert.That(File.Exists(started.Job.Arguments[1]), Is.False);
    }

    [Test]
    public async Task A_heartbeat_tells_of_the_leases_every_third_of_their_time()
    {
        await using var bench = await Bench.StartAsync();
        await bench.GrantAsync(Lease(output: null, "check"));
        await bench.Launcher.NextAsync();

        bench.Clock.Advance(LeaseTime / 3);
        var heartbeat = (await bench.Wire.NextAsync("POST", HeartbeatPath)).Read<Heartbeat>();

        Assert.That(heartbeat.Leases, Is.EqualTo(new[] { new HeldLease(new ShardKey("job/work", 0), new LeaseToken(1, 1), Progress: null) }));
        Assert.That(heartbeat.IsDraining, Is.False);
    }

    [Test]
    public async Task A_lease_that_was_long_under_way_is_lengthened_at_once()
    {
        await using var bench = await Bench.StartAsync();

        var asked = await bench.Wire.NextAsync("POST", Routes.Leases);
        bench.Clock.Advance(LeaseTime / 3);
        (await bench.Wire.NextAsync("POST", HeartbeatPath)).Answer(new HeartbeatReply(IsKnown: true, [], Drain: false));
        asked.Answer(new LeaseReply(Lease(output: null, "check"), Keys));
        var heartbeat = await bench.Wire.NextAsync("POST", HeartbeatPath);

        Assert.That(heartbeat.Read<Heartbeat>().Leases, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Work_stops_at_seven_tenths_of_a_lease_that_nobody_lengthens()
    {
        await using var bench = await Bench.StartAsync();
        await bench.GrantAsync(Lease(output: null, "check"));
        var started = await bench.Launcher.NextAsync();
        await bench.Clock.WhenTimerAsync(LeaseTime * 0.7);

        bench.Clock.Advance(LeaseTime * 0.7 - TimeSpan.FromTicks(1));
        var wasStoppedBefore = started.Stopped.IsCancellationRequested;
        bench.Clock.Advance(TimeSpan.FromTicks(1));
        var release = await bench.Wire.NextAsync("POST", Routes.Release);
        release.Answer(HttpStatusCode.OK);

        Assert.That(wasStoppedBefore, Is.False);
        Assert.That(started.Stopped.IsCancellationRequested, Is.True);
        Assert.That(release.Read<ReleaseRequest>().Failure, Is.Null);
    }

    [Test]
    public async Task A_worker_that_stood_still_until_its_lease_was_over_stops_its_work_before_it_asks_anything()
    {
        await using var bench = await Bench.StartAsync();
        await bench.GrantAsync(Lease(output: "part", "check", "{output}"));
        var started = await bench.Launcher.NextAsync();
        File.WriteAllText(started.Job.Arguments[1], "late");
        await bench.Clock.WhenTimerAsync(LeaseTime * 0.7);

        bench.Clock.Jump(LeaseTime * 2);
        var heartbeat = await bench.Wire.NextAsync("POST", HeartbeatPath);
        var wasStopped = started.Stopped.IsCancellationRequested;
        heartbeat.Answer(new HeartbeatReply(IsKnown: true, [], Drain: false));
        (await bench.Wire.NextAsync("POST", Routes.Release)).Refuse(HttpStatusCode.Conflict, "fenced");
        await bench.SaidAsync("was stopped");

        Assert.That(wasStopped, Is.True);
        Assert.That(heartbeat.Read<Heartbeat>().Leases, Is.Empty, "what must not go on is not lengthened");
        Assert.That(File.Exists(started.Job.Arguments[1]), Is.False);
    }

    [Test]
    public async Task A_lease_that_comes_to_a_worker_which_stood_still_meanwhile_is_given_back_and_nothing_begins()
    {
        await using var bench = await Bench.StartAsync();

        var asked = await bench.Wire.NextAsync("POST", Routes.Leases);
        bench.Clock.Jump(LeaseTime * 0.7);
        asked.Answer(new LeaseReply(Lease(output: null, "check"), Keys));
        var release = await bench.Wire.NextAsync("POST", Routes.Release);
        release.Answer(HttpStatusCode.OK);

        Assert.That(release.Read<ReleaseRequest>().Failure, Is.Null);
        Assert.That(bench.Launcher.Waiting, Is.Zero);
    }

    [Test]
    public async Task A_heartbeat_that_is_answered_late_counts_from_when_it_was_asked_for_and_the_next_one_does_not_wait()
    {
        await using var bench = await Bench.StartAsync();
        await bench.GrantAsync(Lease(output: null, "check"));
        var started = await bench.Launcher.NextAsync();
        await bench.Clock.WhenTimerAsync(LeaseTime * 0.7);

        bench.Clock.Advance(LeaseTime / 3);
        var late = await bench.Wire.NextAsync("POST", HeartbeatPath);
        await bench.Clock.WhenTimerAsync(LeaseTime / 3);
        bench.Clock.Advance(LeaseTime / 3);
        var next = await bench.Wire.NextAsync("POST", HeartbeatPath);
        late.Answer(new HeartbeatReply(IsKnown: true, [], Drain: false));
        await bench.Clock.WhenTimerAsync(TimeSpan.FromSeconds(11));
        bench.Clock.Advance(LeaseTime * 0.1);

        Assert.That(next.Read<Heartbeat>().Leases, Has.Count.EqualTo(1));
        Assert.That(started.Stopped.IsCancellationRequested, Is.False, "a lease is lengthened by whichever answer comes");
    }

    [Test]
    public async Task A_heartbeat_tells_what_work_said_last()
    {
        await using var bench = await Bench.StartAsync();
        await bench.GrantAsync(Lease(output: null, "check"));
        var started = await bench.Launcher.NextAsync();

        started.Job.Said!("split 3: 12 of 40 files");
        bench.Clock.Advance(LeaseTime / 3);
        var heartbeat = (await bench.Wire.NextAsync("POST", HeartbeatPath)).Read<Heartbeat>();

        Assert.That(heartbeat.Leases.Single().Progress, Is.EqualTo("split 3: 12 of 40 files"));
    }

    [Test]
    public async Task Work_sees_the_GPUs_that_go_with_its_threads()
    {
        await using var bench = await Bench.StartAsync(threads: 2, gpus: [new NodeGpu("H100", "GPU-a"), new NodeGpu("H100", "GPU-b")]);

        await bench.GrantAsync(Lease(output: null, "check"));
        var first = await bench.Launcher.NextAsync();
        await bench.GrantAsync(Lease(output: null, "check") with { Shard = new ShardKey("job/work", 1) });
        var second = await bench.Launcher.NextAsync();

        Assert.That((first.Job.Environment[NodeGpus.Variable], second.Job.Environment[NodeGpus.Variable]), Is.EqualTo(("GPU-a", "GPU-b")));
    }

    [Test]
    public async Task A_heartbeat_that_is_answered_lets_work_go_on()
    {
        await using var bench = await Bench.StartAsync();
        await bench.GrantAsync(Lease(output: null, "check"));
        var started = await bench.Launcher.NextAsync();

        for (var i = 0; i < 6; i++)
        {
            bench.Clock.Advance(LeaseTime / 3);
            (await bench.Wire.NextAsync("POST", HeartbeatPath)).Answer(new HeartbeatReply(IsKnown: true, [], Drain: false));
            await bench.Clock.WhenTimerAsync(LeaseTime * 0.7);
        }

        Assert.That(started.Stopped.IsCancellationRequested, Is.False);
    }

    [Test]
    public async Task A_lost_lease_stops_its_work_and_is_not_given_back()
    {
        await using var bench = await Bench.StartAsync();
        await bench.GrantAsync(Lease(output: null, "check"));
        var started = await bench.Launcher.NextAsync();

        bench.Clock.Advance(LeaseTime / 3);
        (await bench.Wire.NextAsync("POST", HeartbeatPath)).Answer(new HeartbeatReply(IsKnown: true, [new ShardKey("job/work", 0)], Drain: false));

        Assert.That(await bench.SaidAsync("was stopped"), Does.Contain("its lease is lost"));
        Assert.That(started.Stopped.IsCancellationRequested, Is.True);
        Assert.That(bench.Wire.WaitingOf("POST", Routes.Release), Is.Zero);
    }

    [Test]
    public async Task A_coordinator_that_does_not_know_the_node_is_told_again()
    {
        await using var bench = await Bench.StartAsync();

        bench.Clock.Advance(LeaseTime / 3);
        (await bench.Wire.NextAsync("POST", HeartbeatPath)).Answer(new HeartbeatReply(IsKnown: false, [], Drain: false));
        var again = await bench.Wire.NextAsync("POST", Routes.Nodes);

        Assert.That(again.Read<NodeDescription>().Id, Is.EqualTo("node"));
    }

    [Test]
    public async Task A_thread_that_is_taken_is_not_offered_and_one_that_is_free_again_is()
    {
        await using var bench = await Bench.StartAsync(threads: 2);

        await bench.GrantAsync(Lease(output: null, "check"));
        var started = await bench.Launcher.NextAsync();
        var second = await bench.Wire.NextAsync("POST", Routes.Leases);
        second.Answer(new LeaseReply(Lease(output: null, "check") with { Shard = new ShardKey("job/work", 1) }, Keys));
        await bench.Launcher.NextAsync();
        started.End();
        (await bench.Wire.NextAsync("POST", Routes.Commit)).Answer(HttpStatusCode.OK);
        var third = await bench.Wire.NextAsync("POST", Routes.Leases);

        Assert.That(second.Read<NodeOffer>(), Is.EqualTo(new NodeOffer("node", Threads: 1, Drivers: 0, AcceptsRanks: true)));
        Assert.That(third.Read<NodeOffer>().Threads, Is.EqualTo(1));
    }

    [Test]
    public async Task A_worker_that_is_asked_to_end_finishes_what_it_can_and_takes_no_more()
    {
        await using var bench = await Bench.StartAsync();
        await bench.GrantAsync(Lease(output: null, "check"));
        var started = await bench.Launcher.NextAsync();

        await bench.Asked.CancelAsync();
        var heartbeat = await bench.Wire.NextAsync("POST", HeartbeatPath);
        heartbeat.Answer(new HeartbeatReply(IsKnown: true, [], Drain: false));
        started.End();
        (await bench.Wire.NextAsync("POST", Routes.Commit)).Answer(HttpStatusCode.OK);
        var ending = await bench.Running;

        Assert.That(heartbeat.Read<Heartbeat>().IsDraining, Is.True);
        Assert.That(ending.IsRefused, Is.False);
        Assert.That(started.Stopped.IsCancellationRequested, Is.False);
        Assert.That(bench.Wire.WaitingOf("POST", Routes.Leases), Is.Zero);
    }

    [Test]
    public async Task What_is_not_finished_within_the_grace_is_given_back()
    {
        await using var bench = await Bench.StartAsync();
        await bench.GrantAsync(Lease(output: null, "check"));
        var started = await bench.Launcher.NextAsync();

        await bench.Asked.CancelAsync();
        await bench.Clock.WhenTimerAsync(TimeSpan.FromSeconds(20));
        bench.Clock.Advance(TimeSpan.FromSeconds(20));
        var release = await bench.Wire.NextAsync("POST", Routes.Release);
        release.Answer(HttpStatusCode.OK);
        await bench.Running;

        Assert.That(release.Read<ReleaseRequest>().Failure, Is.Null);
        Assert.That(started.Stopped.IsCancellationRequested, Is.True);
    }

    [Test]
    public async Task A_worker_that_is_refused_stops_its_work_and_says_why()
    {
        await using var bench = await Bench.StartAsync();
        await bench.GrantAsync(Lease(output: null, "check"));
        var started = await bench.Launcher.NextAsync();

        bench.Clock.Advance(LeaseTime / 3);
        (await bench.Wire.NextAsync("POST", HeartbeatPath)).Refuse(HttpStatusCode.Unauthorized, "The token was revoked.");
        (await bench.Wire.NextAsync("POST", Routes.Release)).Refuse(HttpStatusCode.Unauthorized, "The token was revoked.");
        var ending = await bench.Running;

        Assert.That(ending, Is.EqualTo(new WorkerEnding(IsRefused: true, "The token was revoked.")));
        Assert.That(started.Stopped.IsCancellationRequested, Is.True);
    }

    [Test]
    public async Task A_coordinator_of_another_version_is_not_worked_for()
    {
        await using var bench = new Bench();

        (await bench.Wire.NextAsync("POST", Routes.Nodes)).Answer(new RegistrationReply(LeaseTime, "2.0"));
        var ending = await bench.Running;

        Assert.That(ending.IsRefused, Is.True);
        Assert.That(ending.Reason, Does.Contain("'2.0'").And.Contain("'1.0'"));
    }

    [Test]
    public async Task Work_that_would_write_outside_of_the_folder_is_not_begun()
    {
        await using var bench = await Bench.StartAsync();

        await bench.GrantAsync(Lease(output: "../elsewhere", "check"));
        var release = await bench.Wire.NextAsync("POST", Routes.Release);
        release.Answer(HttpStatusCode.OK);

        Assert.That(release.Read<ReleaseRequest>().Failure, Does.Contain("is not below the folder"));
    }

    [Test]
    public async Task A_shard_that_is_granted_again_while_its_lost_work_ends_is_other_work()
    {
        await using var bench = await Bench.StartAsync(threads: 2);
        await bench.GrantAsync(Lease(output: "part", "check", "{output}"));
        var first = await bench.Launcher.NextAsync();
        bench.Clock.Advance(LeaseTime / 3);
        (await bench.Wire.NextAsync("POST", HeartbeatPath)).Answer(new HeartbeatReply(IsKnown: true, [new ShardKey("job/work", 0)], Drain: false));

        await bench.GrantAsync(Lease(output: "part", "check", "{output}") with { Token = new LeaseToken(1, 2) });
        var second = await bench.Launcher.NextAsync();
        File.WriteAllText(second.Job.Arguments[1], "ids");
        await bench.SaidAsync("was stopped");
        second.End();
        var commit = await bench.Wire.NextAsync("POST", Routes.Commit);
        commit.Answer(HttpStatusCode.OK);

        Assert.That(first.Stopped.IsCancellationRequested, Is.True);
        Assert.That(commit.Read<CommitRequest>().Token, Is.EqualTo(new LeaseToken(1, 2)));
        Assert.That(File.Exists(second.Job.Arguments[1]), Is.True);
    }

    private static ShardLease Lease(string? output, params string[] arguments)
    {
        return new ShardLease(new ShardKey("job/work", 0), "job", DatasetKind.Work, new LeaseToken(1, 1), LeaseTime, new ShardWork { Arguments = arguments, Output = output });
    }

    /// <summary>A worker between a wire and a launcher that the test holds.</summary>
    private sealed class Bench : IAsyncDisposable
    {
        private readonly CoordinatorClient _client;
        private readonly System.Threading.Channels.Channel<string> _said = System.Threading.Channels.Channel.CreateUnbounded<string>();

        public Bench(int threads = 1, params IReadOnlyList<NodeGpu> gpus)
        {
            _client = new CoordinatorClient(new CoordinatorOptions { Address = new Uri("http://coordinator:7420"), Token = "grn_secret", Patience = Timeout.InfiniteTimeSpan }, Clock, Wire);
            var node = new NodeDescription { Id = "node", Address = "host", Threads = threads, Drivers = 0, MemoryBytes = 1, Version = "1.0" };
            var worker = new Worker(_client, node, Launcher, new WorkerOptions { Folder = Folder.Path, TokenFolder = Tokens.Path, Gpus = gpus }, Clock, new Said(_said.Writer));
            Running = worker.RunAsync(Asked.Token).WaitAsync(TimeSpan.FromSeconds(10));
        }

        public TempFolder Folder { get; } = new();

        public TempFolder Tokens { get; } = new();

        public ManualClock Clock { get; } = new();

        public FakeWire Wire { get; } = new();

        public FakeLauncher Launcher { get; } = new();

        public CancellationTokenSource Asked { get; } = new();

        public Task<WorkerEnding> Running { get; }

        public static async Task<Bench> StartAsync(int threads = 1, params IReadOnlyList<NodeGpu> gpus)
        {
            var bench = new Bench(threads, gpus);
            (await bench.Wire.NextAsync("POST", Routes.Nodes)).Answer(new RegistrationReply(LeaseTime, "1.0"));
            await bench.Clock.WhenTimerAsync(LeaseTime / 3);
            return bench;
        }

        public async Task GrantAsync(ShardLease lease)
        {
            (await Wire.NextAsync("POST", Routes.Leases)).Answer(new LeaseReply(lease, Keys));
        }

        /// <summary>The next sentence with these words.</summary>
        public async Task<string> SaidAsync(string words)
        {
            while (true)
            {
                var sentence = await _said.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
                if (sentence.Contains(words, StringComparison.Ordinal))
                {
                    return sentence;
                }
            }
        }

        public ValueTask DisposeAsync()
        {
            _client.Dispose();
            Folder.Dispose();
            Tokens.Dispose();
            return ValueTask.CompletedTask;
        }

        private sealed class Said(System.Threading.Channels.ChannelWriter<string> writer) : IProgress<string>
        {
            public void Report(string value) => writer.TryWrite(value);
        }
    }
}
