using Granary.Core.Randomness;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.NearDuplicates.Tests;

public sealed class BandFileTests
{
    [TestCase(1, 50, Description = "a run for each entry")]
    [TestCase(7, 1_000, Description = "many runs")]
    [TestCase(300, 1_000, Description = "a last run that is short")]
    [TestCase(1_000, 1_000, Description = "one run, just full")]
    [TestCase(5_000, 1_000, Description = "one run that is not full")]
    [TestCase(10, 0, Description = "nothing")]
    public void Entries_come_back_sorted(int inMemory, int count)
    {
        using var folder = new TempFolder();
        using var file = new BandFile(folder["band"], inMemory);
        var key = RandomKey.FromSeed(1).Use("entries");
        var entries = Enumerable.Range(0, count).Select(i => new BandEntry((ulong)key.BelowAt(i, 100) << 57, i)).ToArray();

        foreach (var entry in entries)
        {
            file.Add(entry);
        }

        Assert.That(file.Sorted(), Is.EqualTo(entries.Order()));
    }
}
