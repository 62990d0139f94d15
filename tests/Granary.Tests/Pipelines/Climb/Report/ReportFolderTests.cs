using Granary.Pipelines.Climb.Search;
using Granary.Pipelines.Climb.Search.Tests;
using Granary.Testing;

namespace Granary.Pipelines.Climb.Report.Tests;

public sealed class ReportFolderTests
{
    private static readonly RandomConfig Config = new() { Trials = 12, MinComplete = 0.5, Sampling = new() { MinWeight = 0.01 } };
    private static readonly ReportHead Head = new() { Name = "demo", Method = "random", Objective = "nats", TargetTokens = 4_000, Facts = [new("seed", "5")], Command = "granary mix demo.yaml" };

    [Test]
    public async Task A_page_written_again_from_the_folder_is_the_same_to_the_byte()
    {
        using var folder = new TempFolder();
        await SearchAsync(folder.Path);

        var first = await File.ReadAllTextAsync(ReportFolder.Write(folder.Path, Head));
        var second = await File.ReadAllTextAsync(ReportFolder.WriteAgain(folder.Path));

        Assert.That(second, Is.EqualTo(first));
        Assert.That(second, Does.Contain("granary mix demo.yaml").And.Contain("chosen").And.Contain("demo"));
    }

    [Test]
    public async Task All_that_the_search_left_is_in_the_record()
    {
        using var folder = new TempFolder();
        await SearchAsync(folder.Path);

        var record = ReportFolder.Read(folder.Path);

        Assert.That(record.Name, Is.EqualTo(Path.GetFileName(folder.Path)), "without a head, the folder's name");
        Assert.That(record.Trials, Has.Count.EqualTo(12));
        Assert.That(record.Choice!.Rule, Is.EqualTo("best-observed"));
        Assert.That(record.Retries.Select(attempt => (attempt.TrialId, attempt.Attempt, attempt.Reason)), Is.EqualTo(new[] { (record.Trials[3].Trial.Id, 1, "The loss is no number."), (record.Trials[3].Trial.Id, 2, "The loss is no number.") }));
    }

    [Test]
    public void A_folder_without_a_search_is_refused()
    {
        using var folder = new TempFolder();

        Assert.That(() => ReportFolder.WriteAgain(folder.Path), Throws.TypeOf<MixtureSearchException>().With.Message.Contains("no mixture search"));
    }

    private static async Task SearchAsync(string path)
    {
        var space = Spaces.Even(3);
        var trials = new FakeTrials(trial => trial.Index == 3 ? double.NaN : Spaces.Bowl(0.5, 0.3, 0.2)(trial));
        await new SearchDriver(Config.Build(space, seed: 5), Config, SearchFolder.Open(path, space, "settings"), trials, new SilentObserver()).RunAsync(CancellationToken.None);
    }
}
