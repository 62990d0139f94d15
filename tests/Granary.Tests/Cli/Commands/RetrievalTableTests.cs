namespace Granary.Cli.Commands.Tests;

public sealed class RetrievalTableTests
{
    [Test]
    public void Lengths_go_down_depths_across_and_facts_follow()
    {
        var lines = RetrievalTable.Lines(RetrievalResults.All()).ToList();

        Assert.That(lines[2], Is.EqualTo("key-value: 10 items a cell, 10 candidates"));
        Assert.That(lines[3], Is.EqualTo("  tokens   depth            0 %           50 %          100 %"));
        Assert.That(lines[4], Is.EqualTo("      64   exact     70 [40-89]     70 [40-89]     70 [40-89]"));
        Assert.That(lines[5], Is.EqualTo("          ranked     90 [60-98]     90 [60-98]     90 [60-98]"));
        Assert.That(lines, Has.Some.EqualTo("context-reversal, forward: 10 items a cell, 10 candidates"));
        Assert.That(lines[^1], Is.EqualTo("backward, told forward only            0 [0-28]     90 [60-98]"));
    }
}
