using Granary.Cluster.Submission.Tests;
using Granary.Testing;

namespace Granary.Cluster.Submission.Local.Tests;

/// <summary>Submissions to this machine, of a program that stands in for Granary.</summary>
public sealed class LocalSubmitterTests
{
    private TempFolder _folder = null!;
    private FakePrograms _programs = null!;

    [SetUp]
    public void Start()
    {
        _folder = new TempFolder();
        _programs = new FakePrograms();
    }

    [TearDown]
    public void End()
    {
        _programs.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task The_program_is_started_in_the_background_with_the_file_of_its_parameters()
    {
        _programs.Script("granary", $": > '{_folder["begun"]}'");

        var job = await SubmitAsync();
        SpinWait.SpinUntil(() => File.Exists(_folder["begun"]));

        Assert.That(_programs.Calls("granary").Single(), Is.EqualTo(new[] { "job", JobParameters.PathOf(job.Folder, "run") }));
        Assert.That(JobParameters.Read(JobParameters.PathOf(job.Folder, "run")).Arguments, Is.EqualTo(new[] { "run", Path.Combine(job.RunFolder, "config.yaml"), "--runs", _folder["runs"], "--ranks", "2" }));
    }

    [Test]
    public async Task A_process_that_runs_is_running_and_one_that_left_no_word_has_failed()
    {
        _programs.Script("granary", $"mkfifo '{_programs["never"]}'; : > '{_folder["begun"]}'; read x < '{_programs["never"]}'");
        var job = await SubmitAsync();
        SpinWait.SpinUntil(() => File.Exists(_folder["begun"]));

        var before = await Desk().LookAsync(job, CancellationToken.None);
        await Desk().CancelAsync(job, CancellationToken.None);
        SpinWait.SpinUntil(() => !LocalProcess.Runs(job.Parts[0].Id!));
        var after = await Desk().LookAsync(job, CancellationToken.None);

        Assert.That(before.Single().State, Is.EqualTo(SubmittedState.Running));
        Assert.That(after.Single(), Is.EqualTo(new PartReport(SubmittedState.Failed, "killed, or the machine was restarted; submit again to go on")));
    }

    [Test]
    public async Task A_process_says_how_it_ended()
    {
        _programs.Script("granary", string.Empty);
        var job = await SubmitAsync();
        new JobEnding(0, DateTimeOffset.UnixEpoch).Write(job.Folder, "run");
        SpinWait.SpinUntil(() => !LocalProcess.Runs(job.Parts[0].Id!));

        Assert.That((await Desk().LookAsync(job, CancellationToken.None)).Single().State, Is.EqualTo(SubmittedState.Done));
    }

    private SubmissionDesk Desk() => new(_programs.Environment, TimeProvider.System);

    private Task<SubmittedJob> SubmitAsync()
    {
        var settings = new SubmissionConfig { Local = new LocalSubmissionConfig { Ranks = 2 } };
        var order = Orders.Of(_folder, LocalSubmitter.Name, settings) with { Program = [_programs["granary"]] };
        return Desk().SubmitAsync(order, Orders.MakeFolder(order), CancellationToken.None);
    }
}
