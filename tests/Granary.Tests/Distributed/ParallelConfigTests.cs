using Granary.Core.Configuration;

namespace Granary.Distributed.Tests;

public sealed class ParallelConfigTests
{
    [TestCase("auto")]
    [TestCase("ring")]
    [TestCase("token-ring/burst", Description = "a schedule for each direction")]
    public void Known_schedules_are_taken(string schedule)
    {
        Assert.That(ErrorsOf(new ParallelConfig { SequenceParallel = schedule }), Is.Empty);
    }

    [TestCase("rng")]
    [TestCase("auto/ring", Description = "auto chooses both")]
    [TestCase("ring/ring/ring")]
    public void Other_schedules_are_refused_by_name(string schedule)
    {
        Assert.That(ErrorsOf(new ParallelConfig { SequenceParallel = schedule }), Has.One.StartsWith($"'parallel.sequence_parallel' is '{schedule}' but must be 'auto', one of 'ring'"));
    }

    [Test]
    public void Every_fault_is_told()
    {
        var config = new ParallelConfig { SequenceRanks = 0, SequenceParallel = "none", Timeout = TimeSpan.Zero };

        Assert.That(ErrorsOf(config), Has.Count.EqualTo(3));
    }

    private static IReadOnlyList<string> ErrorsOf(ParallelConfig config)
    {
        var errors = new ConfigurationErrors();
        config.Validate("parallel", errors);
        return errors.Errors;
    }
}
