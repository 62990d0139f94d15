using System.Security.Cryptography;

namespace Granary.EndToEnd.Tests;

/// <summary>Commands that take up the finished run itself: alone, as other tests copy it.</summary>
[NonParallelizable]
public sealed class TakenUpRunTests
{
    [Test]
    public void A_second_run_skips_every_stage_and_changes_nothing()
    {
        var run = FinishedRun.Run;
        var before = Contents(run.RunPath);

        var second = run.Granary("run", TinyRun.Config);

        Assert.That(second.ExitCode, Is.Zero, second.ToString());
        Assert.That(WholeRunTests.Stages.Where(stage => !second.Lines.Any(line => line.StartsWith($"{stage}: unchanged - ", StringComparison.Ordinal))), Is.Empty, second.ToString());
        Assert.That(Contents(run.RunPath), Is.EqualTo(before));
    }

    [Test]
    public void A_configuration_changed_for_an_existing_run_is_refused_with_the_difference()
    {
        var result = FinishedRun.Run.Granary("run", TinyRun.Config, "--set", "optimizer.learning_rate=0.1");

        BadInputTests.AssertOneMessage(result, BadInputTests.BadConfiguration, "'learning_rate: 0.003' there and 'learning_rate: 0.1' here");
    }

    private static Dictionary<string, string> Contents(string folder)
    {
        return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != ".owner")
            .ToDictionary(file => file, file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));
    }
}
