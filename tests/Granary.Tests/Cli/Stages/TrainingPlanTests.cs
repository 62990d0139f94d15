using Granary.Core;
using Granary.Testing;

namespace Granary.Cli.Stages.Tests;

public sealed class TrainingPlanTests
{
    [Test]
    public void A_plan_is_read_as_it_was_written()
    {
        using var folder = new TempFolder();
        var path = folder["train", TrainingPlan.FileName];
        var plan = new TrainingPlan(40, 12_800, "ab12");

        plan.Publish(path);

        Assert.That(TrainingPlan.Find(path), Is.EqualTo(plan));
        Assert.That(TrainingPlan.Find(folder["none.json"]), Is.Null);
    }

    [TestCase("", Description = "an empty file")]
    [TestCase("null", Description = "no object")]
    [TestCase("{}", Description = "no steps")]
    [TestCase("""{"total_steps": 0, "max_tokens_per_pass": 0, "shards": "ab"}""", Description = "zero steps")]
    [TestCase("""{"total_steps": 4, "max_tokens_per_pass": 0, "shards": null}""", Description = "no shards")]
    [TestCase("""{"total_steps": 4""", Description = "torn")]
    public void A_damaged_plan_is_refused_by_name(string content)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["plan.json"], content);

        Assert.That(Assert.Throws<CorpusException>(() => TrainingPlan.Find(folder["plan.json"])).Message, Does.StartWith($"{folder["plan.json"]}: The run's plan cannot be read"));
    }
}
