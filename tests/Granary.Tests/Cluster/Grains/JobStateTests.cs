using Granary.Cluster.Ledger;
using Granary.Core.Randomness;

namespace Granary.Cluster.Grains.Tests;

public sealed class JobStateTests
{
    private static readonly DateTimeOffset Now = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly JobSubmission Submission = new() { Key = "j", Configuration = "name: x" };

    [TestCase("a", Description = "one letter")]
    [TestCase("0.a_B-9", Description = "all that is allowed")]
    [TestCase("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Description = "64 characters")]
    public void A_key_may_be(string key)
    {
        Assert.That(JobState.FaultOf(Submission with { Key = key }), Is.Null);
    }

    [TestCase("", Description = "empty")]
    [TestCase("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Description = "65 characters")]
    [TestCase("..", Description = "a folder above")]
    [TestCase("a/b", Description = "a path")]
    [TestCase("-a", Description = "an option")]
    [TestCase("a\n", Description = "a line's end behind it")]
    [TestCase("é", Description = "a letter that is not plain")]
    public void A_key_may_not_be(string key)
    {
        Assert.That(JobState.FaultOf(Submission with { Key = key }), Does.StartWith($"'{key}' cannot be a job's key"));
    }

    [Test]
    public void Only_listed_commands_are_admitted()
    {
        Assert.Multiple(() =>
        {
            Assert.That(JobSubmission.Commands.Select(command => JobState.FaultOf(Submission with { Command = command })), Is.All.Null);
            Assert.That(JobState.FaultOf(Submission with { Command = "serve" }), Does.Contain("'serve'").And.Contain("'run'"));
            Assert.That(JobState.FaultOf(Submission with { Command = "trian" }), Does.EndWith("Did you mean 'train'?"));
        });
    }

    [TestCase(-100, true)]
    [TestCase(100, true)]
    [TestCase(-101, false)]
    [TestCase(101, false)]
    public void Priorities_end_at_a_hundred(int priority, bool isAllowed)
    {
        Assert.That(JobState.FaultOf(Submission with { Priority = priority }) is null, Is.EqualTo(isAllowed));
    }

    [Test]
    public void The_same_submission_is_the_same_job_and_another_is_a_conflict()
    {
        var job = Submitted();

        Assert.Multiple(() =>
        {
            Assert.That(job.Submit(Submission with { }, new JobNeeds("y"), "other", Now.AddDays(1)), Is.SameAs(job));
            Assert.That(() => job.Submit(Submission with { Priority = 1 }, new JobNeeds("x"), "me", Now), Throws.TypeOf<LedgerConflictException>().With.Message.Contains("'j'"));
        });
    }

    [TestCase(ShardState.Free, JobStatus.Queued)]
    [TestCase(ShardState.Leased, JobStatus.Running)]
    [TestCase(ShardState.Done, JobStatus.Done)]
    [TestCase(ShardState.Failed, JobStatus.Failed)]
    [TestCase(ShardState.Cancelled, JobStatus.Cancelled)]
    public void It_stands_as_its_own_process_does(ShardState driver, JobStatus expected)
    {
        Assert.That(Submitted().See(Driver(driver, epoch: 1), Now).Status, Is.EqualTo(expected));
    }

    [Test]
    public void Every_grant_of_its_process_is_an_attempt_and_to_cancel_it_is_none()
    {
        var job = Submitted().See(Driver(ShardState.Leased, epoch: 2), Now);

        var cancelled = job.Cancel().See(Driver(ShardState.Cancelled, epoch: 3), Now);

        Assert.Multiple(() =>
        {
            Assert.That(job.Snapshot()!.Attempts, Is.EqualTo(2));
            Assert.That(job.Snapshot()!.Node, Is.EqualTo("n"));
            Assert.That(cancelled.Snapshot()!.Attempts, Is.EqualTo(2));
        });
    }

    [Test]
    public void What_failed_last_is_told_while_it_waits_again()
    {
        var job = Submitted().See(Driver(ShardState.Free, epoch: 1) with { Failure = "exit code 1" }, Now);

        Assert.Multiple(() =>
        {
            Assert.That(job.Status, Is.EqualTo(JobStatus.Queued));
            Assert.That(job.Failure, Is.EqualTo("exit code 1"));
        });
    }

    [Test]
    public void A_job_that_was_done_before_it_could_be_cancelled_is_done()
    {
        var job = Submitted().Cancel();

        var seen = job.See(Driver(ShardState.Done, epoch: 1), Now);

        Assert.Multiple(() =>
        {
            Assert.That(job.AcceptsWork, Is.False);
            Assert.That(seen.Status, Is.EqualTo(JobStatus.Done));
            Assert.That(seen.Ended, Is.EqualTo(Now));
        });
    }

    [Test]
    public void A_job_that_is_cancelled_before_it_has_a_process_is_cancelled()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Submitted().See(null, Now).Status, Is.EqualTo(JobStatus.Queued));
            Assert.That(Submitted().Cancel().See(null, Now).Status, Is.EqualTo(JobStatus.Cancelled));
        });
    }

    [Test]
    public void Who_is_no_job_accepts_work_and_cannot_be_seen()
    {
        var nobody = new JobState();

        Assert.Multiple(() =>
        {
            Assert.That(nobody.AcceptsWork, Is.True);
            Assert.That(nobody.Snapshot(), Is.Null);
            Assert.That(nobody.Cancel().See(null, Now), Is.EqualTo(nobody));
        });
    }

    [TestCaseSource(nameof(Seeds))]
    public void However_it_is_treated_it_ends_once_and_stays_so(int seed)
    {
        var key = RandomKey.FromSeed(seed).Use("job");
        var job = Submitted();
        var driver = Driver(ShardState.Free, epoch: 0);
        var ends = new HashSet<JobStatus>();

        foreach (var step in Enumerable.Range(0, 60))
        {
            (job, driver) = key.BelowAt(step, 6) switch
            {
                0 when driver.State == ShardState.Free => (job, driver with { State = ShardState.Leased, Token = new LeaseToken(1, driver.Token.Epoch + 1) }),
                1 when driver.State == ShardState.Leased => (job, Failed(driver)),
                2 when driver.State == ShardState.Leased && step > 50 => (job, driver with { State = ShardState.Done }),
                3 when step > 40 => (job.Cancel(), driver),
                4 when job.IsCancelling && driver.State is not ShardState.Done => (job, driver with { State = ShardState.Cancelled, Token = new LeaseToken(1, driver.Token.Epoch + 1) }),
                _ => (job.See(driver, Now), driver),
            };
            if (job.IsOver)
            {
                ends.Add(job.Status);
            }
        }

        job = job.Cancel().See(driver.State is ShardState.Free or ShardState.Leased ? driver with { State = ShardState.Cancelled } : driver, Now);

        Assert.Multiple(() =>
        {
            Assert.That(job.IsOver, Is.True);
            Assert.That(ends.Append(job.Status).Distinct().Count(), Is.EqualTo(1));
            Assert.That(job.AcceptsWork, Is.False);
        });
    }

    private static IEnumerable<int> Seeds => Enumerable.Range(0, 200);

    private static JobState Submitted() => new JobState().Submit(Submission, new JobNeeds("x"), "me", Now);

    private static ShardRow Failed(ShardRow driver)
    {
        return driver with { State = driver.Failures == 2 ? ShardState.Failed : ShardState.Free, Failures = driver.Failures + 1, Failure = "it failed" };
    }

    private static ShardRow Driver(ShardState state, long epoch)
    {
        return new ShardRow
        {
            Key = new ShardKey("j/driver", 0),
            State = state,
            Work = new ShardWork { Arguments = ["run"] },
            Token = new LeaseToken(1, epoch),
            Owner = epoch > 0 ? "n" : null,
        };
    }
}
