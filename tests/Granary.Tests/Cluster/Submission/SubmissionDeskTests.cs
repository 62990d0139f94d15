using Granary.Testing;

namespace Granary.Cluster.Submission.Tests;

public sealed class SubmissionDeskTests
{
    [TestCase("slrum")]
    [TestCase("http", Description = "a coordinator is named by its address")]
    [TestCase("ftp://host")]
    public void What_is_nothing_to_submit_to_is_refused(string target)
    {
        using var folder = new TempFolder();

        Assert.That(
            () => Desk().Describe(Orders.Of(folder, target)),
            Throws.TypeOf<SubmissionException>().With.Message.EqualTo($"'{target}' is nothing to submit to. Known: 'local', 'slurm', 'kubernetes', and a coordinator's address as 'https://host:port'."));
    }

    [Test]
    public void Jobs_are_found_by_their_runs_and_by_the_ids_of_their_parts()
    {
        using var folder = new TempFolder();
        var (first, second) = (Written(folder, "first", "7", days: 1), Written(folder, "second", "8", days: 2));
        Written(folder, "third", "7", days: 0);
        Directory.CreateDirectory(folder["never-submitted"]);

        Assert.That(Desk().Jobs(folder.Path).Select(job => job.Name), Is.EqualTo(new[] { "second", "first", "third" }), "the latest first");
        Assert.That(Desk().Find(folder.Path, "first").Operation, Is.EqualTo(first.Operation));
        Assert.That(Desk().Find(folder.Path, "8").Operation, Is.EqualTo(second.Operation));
        Assert.That(() => Desk().Find(folder.Path, "7"), Throws.TypeOf<SubmissionException>().With.Message.EqualTo("'7' is a part of several jobs: first, third. Give the run's name."));
        Assert.That(() => Desk().Find(folder.Path, "9"), Throws.TypeOf<SubmissionException>().With.Message.StartsWith("No job is called '9'"));
        Assert.That(Desk().Jobs(folder["nowhere"]), Is.Empty);
    }

    [Test]
    public void A_record_is_read_as_it_was_written()
    {
        using var folder = new TempFolder();
        var job = Written(folder, "run", "7", days: 1) with { Parts = [new SubmittedPart { Name = "run", Id = "7", Ended = new PartReport(SubmittedState.Failed, "why") }], Intended = ["run"] };
        job.Write();

        var read = SubmittedJob.Read(folder["run"])!;

        Assert.That(read with { Parts = job.Parts, Intended = job.Intended }, Is.EqualTo(job));
        Assert.That(read.Parts, Is.EqualTo(job.Parts));
        Assert.That(read.Intended, Is.EqualTo(job.Intended));
    }

    [Test]
    public void A_damaged_record_is_named()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["run"]);
        File.WriteAllText(folder["run", "job.json"], "{}");

        Assert.That(() => SubmittedJob.Read(folder["run"]), Throws.TypeOf<SubmissionException>().With.Message.StartsWith($"'{folder["run", "job.json"]}' cannot be read"));
    }

    [TestCase("done done", SubmittedState.Done)]
    [TestCase("done queued", SubmittedState.Queued)]
    [TestCase("running queued", SubmittedState.Running)]
    [TestCase("done running", SubmittedState.Running)]
    [TestCase("failed cancelled", SubmittedState.Failed)]
    [TestCase("done cancelled", SubmittedState.Cancelled)]
    [TestCase("done unknown", SubmittedState.Unknown)]
    public void A_job_stands_where_its_parts_do(string parts, SubmittedState sum)
    {
        var reports = parts.Split(' ').Select(word => new PartReport(Enum.Parse<SubmittedState>(word, ignoreCase: true), word)).ToList();

        Assert.That(SubmissionDesk.Sum(reports).State, Is.EqualTo(sum));
    }

    private static SubmissionDesk Desk() => new(new Dictionary<string, string>(), TimeProvider.System);

    private static SubmittedJob Written(TempFolder folder, string name, string id, int days)
    {
        var job = new SubmittedJob
        {
            Name = name,
            Operation = $"of-{name}",
            To = "slurm",
            Configuration = "0",
            Submitted = DateTimeOffset.UnixEpoch.AddDays(days),
            Parts = [new SubmittedPart { Name = "train", Id = id }],
            RunFolder = folder[name],
        };
        Directory.CreateDirectory(job.RunFolder);
        job.Write();
        return job;
    }
}
