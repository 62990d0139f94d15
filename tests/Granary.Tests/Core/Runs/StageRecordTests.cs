using Granary.Testing;

namespace Granary.Core.Runs.Tests;

public sealed class StageRecordTests
{
    private int _runs;

    [SetUp]
    public void ForgetRuns()
    {
        _runs = 0;
    }

    [Test]
    public void A_stage_runs_once_for_the_same_inputs_and_configuration()
    {
        using var folder = new TempFolder();

        var first = Run(folder, "input", "config");
        var second = Run(folder, "input", "config");

        Assert.That(_runs, Is.EqualTo(1));
        Assert.That((first.WasSkipped, second.WasSkipped), Is.EqualTo((false, true)));
        Assert.That(second.Record.OutputHash, Is.EqualTo("made"));
        Assert.That(second.Record.Files, Is.EqualTo(new Dictionary<string, long> { ["out.txt"] = 1 }));
    }

    [TestCase("other", "config", Description = "other inputs")]
    [TestCase("input", "other", Description = "another configuration")]
    public void A_change_empties_the_folder_and_runs_the_stage_again(string input, string configuration)
    {
        using var folder = new TempFolder();
        Run(folder, "input", "config");
        File.WriteAllText(folder["stage", "stale.txt"], "x");

        Run(folder, input, configuration);

        Assert.That(_runs, Is.EqualTo(2));
        Assert.That(File.Exists(folder["stage", "stale.txt"]), Is.False);
    }

    [Test]
    public void A_stage_whose_files_are_gone_or_cut_runs_again()
    {
        using var folder = new TempFolder();
        Run(folder, "input", "config");
        File.WriteAllText(folder["stage", "out.txt"], string.Empty);
        Run(folder, "input", "config");
        File.Delete(folder["stage", "out.txt"]);
        Run(folder, "input", "config");

        Assert.That(_runs, Is.EqualTo(3));
    }

    [Test]
    public void A_stage_that_was_stopped_finds_its_files_again_and_has_no_record()
    {
        using var folder = new TempFolder();
        Assert.Throws<IOException>(() => StageRecord.Run(folder["stage"], "input", "config", () =>
        {
            File.WriteAllText(folder["stage", "part.txt"], "x");
            throw new IOException("killed");
        }));

        Assert.That(StageRecord.Read(folder["stage"]), Is.Null);
        Run(folder, "input", "config");

        Assert.That(File.Exists(folder["stage", "part.txt"]), Is.True);
        Assert.That(StageRecord.Read(folder["stage"]), Is.Not.Null);
    }

    [Test]
    public void A_stage_that_is_run_again_and_stopped_has_no_record()
    {
        using var folder = new TempFolder();
        Run(folder, "input", "config");
        File.Delete(folder["stage", "out.txt"]);

        Assert.Throws<IOException>(() => StageRecord.Run(folder["stage"], "input", "config", () => throw new IOException("killed")));

        Assert.That(StageRecord.Read(folder["stage"]), Is.Null);
    }

    [Test]
    public void A_record_that_cannot_be_read_is_no_record()
    {
        using var folder = new TempFolder();
        Run(folder, "input", "config");
        File.WriteAllText(folder["stage", "stage.json"], "{\"input_hash\": nul");

        Run(folder, "input", "config");

        Assert.That(_runs, Is.EqualTo(2));
    }

    [Test]
    public void Hashes_keep_their_parts_apart()
    {
        Assert.That(StageRecord.HashOf("ab", "c"), Is.Not.EqualTo(StageRecord.HashOf("a", "bc")));
        Assert.That(StageRecord.HashOf("ab"), Has.Length.EqualTo(64));
    }

    private (StageRecord Record, bool WasSkipped) Run(TempFolder folder, string input, string configuration)
    {
        return StageRecord.Run(folder["stage"], input, configuration, () =>
        {
            _runs++;
            File.WriteAllText(folder["stage", "out.txt"], "x");
            return new StageOutput("made", ["out.txt"]);
        });
    }
}
