using System.Net;
using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;
using Granary.Testing;

namespace Granary.Cluster.Protocol.Tests;

public sealed class CoordinatorClientTests
{
    private static readonly LeaseKeys Keys = new("grnw_holder", "grnw_work");
    private static readonly CommitRequest Commit = new("commit 1", new ShardKey("job/work", 3), new LeaseToken(1, 2), new ShardOutput("/data/x.1-2", "ab", 7));

    [Test]
    public async Task A_request_shows_the_token_and_its_body_in_snake_case()
    {
        using var wire = new FakeWire();
        using var client = Client(wire, new ManualClock());

        var committed = client.CommitAsync(Commit, Keys, CancellationToken.None);
        var request = await wire.NextAsync("POST", Routes.Commit);
        request.Answer(HttpStatusCode.OK);

        Assert.That(await committed, Is.True);
        Assert.That(request.Authorization!.ToString(), Is.EqualTo("Bearer grnw_holder"));
        Assert.That(request.Body, Does.Contain("\"operation\":\"commit 1\"").And.Contain("\"sha256\":\"ab\""));
        Assert.That(request.Read<CommitRequest>(), Is.EqualTo(Commit));
    }

    [Test]
    public async Task A_commit_whose_answer_is_lost_is_sent_again_with_the_same_operation()
    {
        var clock = new ManualClock();
        using var wire = new FakeWire();
        using var client = Client(wire, clock);

        var committed = client.CommitAsync(Commit, Keys, CancellationToken.None);
        var first = await wire.NextAsync("POST", Routes.Commit);
        first.Cut();
        var second = await AfterPauseAsync(wire, clock, "POST", Routes.Commit);
        second.Answer(HttpStatusCode.OK);

        Assert.That(await committed, Is.True);
        Assert.That(second.Body, Is.EqualTo(first.Body));
    }

    [Test]
    public async Task A_coordinator_that_is_not_ready_is_asked_again_when_it_says()
    {
        var clock = new ManualClock();
        using var wire = new FakeWire();
        using var client = Client(wire, clock);

        var jobs = client.ListJobsAsync(CancellationToken.None);
        (await wire.NextAsync("GET", Routes.Jobs)).Answer(HttpStatusCode.ServiceUnavailable);
        (await AfterPauseAsync(wire, clock, "GET", Routes.Jobs)).Answer(Array.Empty<JobSnapshot>());

        Assert.That(await jobs, Is.Empty);
    }

    [Test]
    public async Task A_fenced_commit_is_an_answer_and_is_not_sent_again()
    {
        using var wire = new FakeWire();
        using var client = Client(wire, new ManualClock());

        var committed = client.CommitAsync(Commit, Keys, CancellationToken.None);
        (await wire.NextAsync("POST", Routes.Commit)).Refuse(HttpStatusCode.Conflict, "The lease is over.");

        Assert.That(await committed, Is.False);
        Assert.That(wire.WaitingOf("POST", Routes.Commit), Is.Zero);
    }

    [Test]
    public async Task A_refusal_is_thrown_with_the_coordinators_sentence()
    {
        using var wire = new FakeWire();
        using var client = Client(wire, new ManualClock());

        var added = client.AddAsync(new AddRequest("add 1", "job/work", []), CancellationToken.None);
        (await wire.NextAsync("POST", Routes.Shards)).Refuse(HttpStatusCode.Forbidden, "The role 'read' may not add shards.");

        var refusal = Assert.ThrowsAsync<CoordinatorException>(() => added)!;
        Assert.That(refusal.Message, Is.EqualTo("The role 'read' may not add shards."));
        Assert.That(refusal.IsUnwelcome, Is.True);
    }

    [Test]
    public async Task Patience_ends_in_a_sentence_that_names_the_coordinator_and_the_cause()
    {
        var clock = new ManualClock();
        using var wire = new FakeWire();
        using var client = Client(wire, clock);

        var jobs = client.ListJobsAsync(CancellationToken.None);
        var request = await wire.NextAsync("GET", Routes.Jobs);
        clock.Advance(TimeSpan.FromSeconds(14));
        request.Cut();
        request = await AfterPauseAsync(wire, clock, "GET", Routes.Jobs);
        clock.Advance(TimeSpan.FromSeconds(14));
        request.Cut();
        request = await AfterPauseAsync(wire, clock, "GET", Routes.Jobs, seconds: 0.2);
        clock.Advance(TimeSpan.FromSeconds(2));
        request.Cut();

        var end = Assert.ThrowsAsync<CoordinatorException>(() => jobs)!;
        Assert.That(end.Message, Does.StartWith("The coordinator 'http://coordinator:7420/' did not answer for 30 s: The connection was cut."));
        Assert.That(end.Status, Is.Null);
    }

    [Test]
    public async Task A_request_without_an_answer_is_given_up_and_made_again()
    {
        var clock = new ManualClock();
        using var wire = new FakeWire();
        using var client = Client(wire, clock);

        var jobs = client.ListJobsAsync(CancellationToken.None);
        await wire.NextAsync("GET", Routes.Jobs);
        clock.Advance(TimeSpan.FromSeconds(15));
        (await AfterPauseAsync(wire, clock, "GET", Routes.Jobs)).Answer(Array.Empty<JobSnapshot>());

        Assert.That(await jobs, Is.Empty);
    }

    [Test]
    public async Task A_lease_counts_from_before_the_request_that_brought_it_not_from_the_first_attempt()
    {
        var clock = new ManualClock();
        using var wire = new FakeWire();
        using var client = Client(wire, clock);

        var granted = client.LeaseAsync(new NodeOffer("node", 1, 0, AcceptsRanks: false), TimeSpan.FromSeconds(10), CancellationToken.None);
        (await wire.NextAsync("POST", Routes.Leases)).Cut();
        var request = await AfterPauseAsync(wire, clock, "POST", Routes.Leases);
        var sentBefore = clock.GetTimestamp();
        clock.Advance(TimeSpan.FromSeconds(9));
        request.Answer(new LeaseReply(new ShardLease(new ShardKey("job/work", 0), "job", DatasetKind.Work, new LeaseToken(1, 1), TimeSpan.FromSeconds(30), new ShardWork { Arguments = ["check"] }), Keys));

        Assert.That(request.Query, Is.EqualTo("?wait=10"));
        Assert.That((await granted)!.AskedAt, Is.EqualTo(sentBefore));
    }

    [Test]
    public async Task No_lease_within_the_wait_is_none()
    {
        using var wire = new FakeWire();
        using var client = Client(wire, new ManualClock());

        var granted = client.LeaseAsync(new NodeOffer("node", 1, 0, AcceptsRanks: false), TimeSpan.FromSeconds(10), CancellationToken.None);
        (await wire.NextAsync("POST", Routes.Leases)).Answer(HttpStatusCode.NoContent);

        Assert.That(await granted, Is.Null);
    }

    [Test]
    public async Task Events_come_line_by_line_with_their_numbers()
    {
        using var wire = new FakeWire();
        using var client = Client(wire, new ManualClock());

        var events = client.ReadEventsAsync("job", 4, CancellationToken.None).ToListAsync().AsTask();
        var request = await wire.NextAsync("GET", $"{Routes.Jobs}/job/events");
        request.AnswerText("id: 4\ndata: {\"step\":1}\n\nid: 5\ndata: {\"step\":2}\n\n", "text/event-stream");

        Assert.That(request.Query, Is.EqualTo("?from=4"));
        Assert.That(await events, Is.EqualTo(new[] { (4L, "{\"step\":1}"), (5L, "{\"step\":2}") }));
    }

    [Test]
    public void A_token_is_read_from_a_file_and_nothing_else_is()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["token"], "grn_secret\n");
        File.WriteAllText(folder["two"], "grn_secret other");

        Assert.That(CoordinatorOptions.Open("http://coordinator:7420", folder["token"]).Token, Is.EqualTo("grn_secret"));
        Assert.That(() => CoordinatorOptions.Open("http://coordinator:7420", folder["two"]), Throws.TypeOf<CoordinatorException>());
        Assert.That(() => CoordinatorOptions.Open("http://coordinator:7420", folder["none"]), Throws.TypeOf<CoordinatorException>());
        Assert.That(() => CoordinatorOptions.Open("http://coordinator:7420", null), Throws.TypeOf<CoordinatorException>().With.Message.Contains("GRANARY_TOKEN_FILE"));
        Assert.That(() => CoordinatorOptions.Open("coordinator:7420", folder["token"]), Throws.TypeOf<CoordinatorException>());
    }

    private static CoordinatorClient Client(FakeWire wire, ManualClock clock)
    {
        return new CoordinatorClient(new CoordinatorOptions { Address = new Uri("http://coordinator:7420"), Token = "grn_secret", Chance = () => 1 }, clock, wire);
    }

    // Pauses are 0.1 s, then twice as long each time.
    private static async Task<WireRequest> AfterPauseAsync(FakeWire wire, ManualClock clock, string method, string path, double seconds = 0.1)
    {
        await clock.WhenTimerAsync(TimeSpan.FromSeconds(seconds));
        clock.Advance(TimeSpan.FromSeconds(seconds));
        return await wire.NextAsync(method, path);
    }
}
