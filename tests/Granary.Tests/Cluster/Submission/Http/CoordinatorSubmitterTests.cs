using System.Net;
using Granary.Cluster.Grains;
using Granary.Cluster.Protocol;
using Granary.Cluster.Protocol.Tests;
using Granary.Cluster.Submission.Tests;
using Granary.Testing;

namespace Granary.Cluster.Submission.Http.Tests;

public sealed class CoordinatorSubmitterTests
{
    private const string Address = "http://127.0.0.1:7420";

    private TempFolder _folder = null!;
    private FakeWire _wire = null!;

    [SetUp]
    public void Start()
    {
        _folder = new TempFolder();
        _wire = new FakeWire();
        File.WriteAllText(_folder["token"], "grn_secret\n");
    }

    [TearDown]
    public void End()
    {
        _wire.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task A_run_is_handed_in_with_its_configuration_priority_and_key()
    {
        var settings = new SubmissionConfig { Coordinator = new CoordinatorSubmissionConfig { Priority = 7 } };
        var order = Orders.Of(_folder, Address, settings) with { Key = "mine" };

        var submitted = Submitter().SubmitAsync(order, Job(id: null), new SubmittedPart { Name = "run" }, CancellationToken.None);
        var request = await _wire.NextAsync("POST", Routes.Jobs);
        request.Answer(Snapshot(JobStatus.Queued));

        Assert.That(await submitted, Is.EqualTo("mine"));
        Assert.That(request.Read<JobSubmission>(), Is.EqualTo(new JobSubmission { Key = "mine", Configuration = "name: tiny\n", Priority = 7 }));
        Assert.That(request.Authorization!.Parameter, Is.EqualTo("grn_secret"));
    }

    [Test]
    public void Without_a_key_the_same_run_has_the_same_one_and_another_run_another()
    {
        var order = Orders.Of(_folder, Address);

        var key = CoordinatorSubmitter.KeyOf(order);

        Assert.That(CoordinatorSubmitter.KeyOf(order with { Runs = "/elsewhere" }), Is.EqualTo(key));
        Assert.That(CoordinatorSubmitter.KeyOf(order with { Name = "other" }), Is.Not.EqualTo(key));
        Assert.That(CoordinatorSubmitter.KeyOf(order with { Configuration = "name: tiny\nseed: 2\n" }), Is.Not.EqualTo(key));
        Assert.That(AllowedText.IsName(key), Is.True);
    }

    [Test]
    public async Task A_refusal_is_the_coordinators_own_sentence()
    {
        var submitted = Submitter().SubmitAsync(Orders.Of(_folder, Address), Job(id: null), new SubmittedPart { Name = "run" }, CancellationToken.None);
        (await _wire.NextAsync("POST", Routes.Jobs)).Refuse(HttpStatusCode.Conflict, "Another job has the key 'mine'.");

        var thrown = Assert.ThrowsAsync<SubmissionException>(() => submitted);
        Assert.That(thrown.Message, Is.EqualTo("Another job has the key 'mine'."));
        Assert.That(thrown.IsUnknown, Is.False);
    }

    [TestCase(JobStatus.Queued, SubmittedState.Queued, "")]
    [TestCase(JobStatus.Running, SubmittedState.Running, "on n1")]
    [TestCase(JobStatus.Done, SubmittedState.Done, "")]
    [TestCase(JobStatus.Cancelled, SubmittedState.Cancelled, "")]
    [TestCase(JobStatus.Failed, SubmittedState.Failed, "it broke")]
    public async Task The_state_is_the_coordinators(JobStatus status, SubmittedState state, string detail)
    {
        var job = Job("mine");

        var looking = Submitter().LookAsync(job, job.Parts, CancellationToken.None);
        (await _wire.NextAsync("GET", $"{Routes.Jobs}/mine")).Answer(Snapshot(status));

        Assert.That((await looking).Single(), Is.EqualTo(new PartReport(state, detail)));
    }

    [Test]
    public async Task Without_a_token_nothing_is_known_and_nothing_is_sent()
    {
        var job = Job("mine");

        var reports = await new CoordinatorSubmitter(new Dictionary<string, string>(), TimeProvider.System, _wire).LookAsync(job, job.Parts, CancellationToken.None);

        Assert.That(reports.Single().State, Is.EqualTo(SubmittedState.Unknown));
        Assert.That(reports.Single().Detail, Does.StartWith("No file with a token is named."));
        Assert.That(_wire.WaitingOf("GET", $"{Routes.Jobs}/mine"), Is.Zero);
    }

    [Test]
    public async Task Cancelling_asks_the_coordinator()
    {
        var job = Job("mine");

        var cancelling = Submitter().CancelAsync(job, job.Parts, CancellationToken.None);
        (await _wire.NextAsync("DELETE", $"{Routes.Jobs}/mine")).Answer(HttpStatusCode.Accepted);

        Assert.That(async () => await cancelling, Throws.Nothing);
    }

    [Test]
    public async Task Who_follows_a_log_gets_each_line_once_until_the_job_ends()
    {
        var clock = new ManualClock();

        var reading = Submitter(clock).ReadLogAsync(Job("mine"), follows: true, CancellationToken.None).ToListAsync().AsTask();
        (await _wire.NextAsync("GET", $"{Routes.Jobs}/mine")).Answer(Snapshot(JobStatus.Running));
        var first = await _wire.NextAsync("GET", $"{Routes.Jobs}/mine/log");
        first.AnswerText("one\ntw", "text/plain", (LogPart.NextHeader, "11")); // what a terminal would obey is in the file, and not in the text
        await clock.WhenTimerAsync(TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(1));
        (await _wire.NextAsync("GET", $"{Routes.Jobs}/mine")).Answer(Snapshot(JobStatus.Done));
        var second = await _wire.NextAsync("GET", $"{Routes.Jobs}/mine/log");
        second.AnswerText("two\nlast", "text/plain", (LogPart.NextHeader, "15"));

        Assert.That(await reading, Is.EqualTo(new[] { "one", "two", "last" }));
        Assert.That((first.Query, second.Query), Is.EqualTo(("?from=0", "?from=11")));
    }

    [TestCase(JobStatus.Queued, "waits for a node with 8 threads; the largest has 4")]
    [TestCase(JobStatus.Running, "on n1; waits for a node with 8 threads; the largest has 4")]
    public async Task What_a_job_waits_for_in_vain_stands_beside_its_state(JobStatus status, string detail)
    {
        var job = Job("mine");

        var looking = Submitter().LookAsync(job, job.Parts, CancellationToken.None);
        (await _wire.NextAsync("GET", $"{Routes.Jobs}/mine")).Answer(Snapshot(status) with { Waits = "waits for a node with 8 threads; the largest has 4" });

        Assert.That((await looking).Single().Detail, Is.EqualTo(detail));
    }

    private static JobSnapshot Snapshot(JobStatus status)
    {
        return new JobSnapshot { Id = "mine", Name = "tiny", Command = "run", Status = status, Submitter = "s", Submitted = DateTimeOffset.UnixEpoch, Node = "n1", Failure = "it broke" };
    }

    private static SubmittedJob Job(string? id)
    {
        return new SubmittedJob
        {
            Name = "tiny",
            Operation = "0f",
            To = Address,
            Configuration = "0",
            Submitted = DateTimeOffset.UnixEpoch,
            Parts = [new SubmittedPart { Name = "run", Id = id }],
        };
    }

    private CoordinatorSubmitter Submitter(TimeProvider? time = null)
    {
        return new CoordinatorSubmitter(new Dictionary<string, string> { [CoordinatorOptions.TokenFileVariable] = _folder["token"] }, time ?? new ManualClock(), _wire);
    }
}
