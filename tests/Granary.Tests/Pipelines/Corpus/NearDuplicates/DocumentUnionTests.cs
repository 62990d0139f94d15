using Granary.Core.Randomness;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.NearDuplicates.Tests;

public sealed class DocumentUnionTests
{
    [Test]
    public void Groups_are_those_of_the_naive_colouring_and_named_by_their_first()
    {
        const int Documents = 300;
        using var folder = new TempFolder();
        using var union = new DocumentUnion(folder["groups"], Documents);
        var colours = Enumerable.Range(0, Documents).ToArray();
        for (var i = 0; i < 220; i++)
        {
            var key = RandomKey.FromSeed(i).Use("pairs");
            var (one, other) = ((int)key.BelowAt(0, Documents), (int)key.BelowAt(1, Documents));
            union.Join(one, other);
            var (kept, lost) = (Math.Min(colours[one], colours[other]), Math.Max(colours[one], colours[other]));
            colours = Array.ConvertAll(colours, colour => colour == lost ? kept : colour);
        }

        Assert.That(Enumerable.Range(0, Documents).Select(document => union.FirstOf(document)), Is.EqualTo(colours));
    }
}
