using Granary.Testing;

namespace Granary.Cli.Commands.Tests;

public sealed class StageFileTests
{
    [TestCase("run", Description = "a run")]
    [TestCase("run/stages/mix", Description = "its stage")]
    [TestCase("run/stages/mix/search.json", Description = "the file itself")]
    public void A_run_its_stage_and_the_file_itself_mean_the_same(string named)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["run/stages/mix"]);
        File.WriteAllText(folder["run/stages/mix/search.json"], "{}");

        Assert.That(StageFile.Find(folder[named], "mix", "search.json"), Is.EqualTo(folder["run/stages/mix/search.json"]));
    }

    [Test]
    public void A_folder_without_the_file_is_taken_for_the_stage_s_so_that_the_fault_names_it()
    {
        using var folder = new TempFolder();

        Assert.That(StageFile.Find(folder.Path, "mix", "search.json"), Is.EqualTo(folder["search.json"]));
    }
}
