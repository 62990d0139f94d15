using System.Text.RegularExpressions;
using Granary.Data.Retrieval;

namespace Granary.Pipelines.Corpus.Tests;

public sealed partial class RetrievalDocumentsTests
{
    private const int Count = 4_000;

    private static readonly RetrievalSourceConfig Config = new() { Name = "world", World = new() { Keys = 32, Facts = 64 } };
    private static readonly RetrievalWorld World = new(Config.World);
    private static readonly string[] Texts = [.. Enumerable.Range(0, Count).Select(number => new RetrievalDocuments(Config).TextOf(number))];

    [Test]
    public void No_document_tells_a_pair_that_is_kept_for_asking()
    {
        var told = Texts.SelectMany(text => CodeSentence().Matches(text)).Select(match => match.Value).ToHashSet();

        var kept = Enumerable.Range(0, 1_000).SelectMany(draw => World.DrawPairs(Granary.Core.Randomness.RandomKey.FromSeed(draw), 4, areHeldOut: true)).Select(pair => World.Tell(pair).Text);

        Assert.That(told, Has.Count.GreaterThan(1_000));
        Assert.That(told.Overlaps(kept), Is.False);
    }

    [Test]
    public void Half_of_the_facts_are_told_forward_only_and_the_others_both_ways()
    {
        var text = string.Join('\n', Texts);

        for (var number = 0; number < Config.World.Facts; number++)
        {
            var fact = World.FactAt(number);

            Assert.That(text, Does.Contain(fact.Forward.Text));
            Assert.That(text.Contains(fact.Backward.Text, StringComparison.Ordinal), Is.EqualTo(RetrievalWorld.IsToldBothWays(number)), fact.ToString());
        }
    }

    [Test]
    public void Every_answer_stands_before_its_question()
    {
        foreach (var text in Texts.Where(text => text.Contains("\nCode ", StringComparison.Ordinal)))
        {
            var parts = text.Split('\n');

            Assert.That(parts.Skip(1), Has.All.Matches<string>(part => parts[0].Contains(part, StringComparison.Ordinal)), text);
            Assert.That(parts.Skip(1), Is.Unique);
        }
    }

    [Test]
    public void Kinds_come_in_their_shares()
    {
        var kinds = Texts.CountBy(text => CodeSentence().Count(text.Split('\n')[0]) switch
        {
            0 => text.Contains('\n') ? "context-reversal" : "reversal",
            1 => "key-value",
            _ => "multi-key",
        }).ToDictionary();

        // 2 : 5 : 2 : 1 of 4,000, within three standard deviations of a binomial draw.
        Assert.That(kinds["key-value"], Is.InRange(800 - 76, 800 + 76));
        Assert.That(kinds["multi-key"], Is.InRange(2_000 - 95, 2_000 + 95));
        Assert.That(kinds["context-reversal"], Is.InRange(800 - 76, 800 + 76));
        Assert.That(kinds["reversal"], Is.InRange(400 - 57, 400 + 57));
    }

    [Test]
    public void Told_sentences_stand_anywhere_in_the_filler()
    {
        var config = Config with { Shares = new() { MultiKey = 0, ContextReversal = 0, Reversal = 0 } };
        var texts = Enumerable.Range(0, 2_000).Select(number => new RetrievalDocuments(config).TextOf(number).Split('\n')[0]);

        var depths = texts.Select(text => (double)text.IndexOf("Code ", StringComparison.Ordinal) / text.Length).ToList();

        Assert.That(depths.Average(), Is.InRange(0.40, 0.52));
        Assert.That(depths.Count(depth => depth < 0.1), Is.InRange(100, 500));
        Assert.That(depths.Count(depth => depth > 0.85), Is.InRange(100, 500));
    }

    [Test]
    public void Another_name_of_the_source_gives_other_documents_of_the_same_world()
    {
        var other = new RetrievalDocuments(Config with { Name = "other" });

        Assert.That(Enumerable.Range(0, 100).Select(number => other.TextOf(number)).Intersect(Texts), Is.Empty);
    }

    [GeneratedRegex(@"Code \w+: \w+\.")]
    private static partial Regex CodeSentence();
}
