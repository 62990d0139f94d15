using System.Text;
using Granary.Core.Progress;

namespace Granary.Data.Tokenization.Tests;

public sealed class BpeTrainerTests
{
    private static readonly TokenizerConfig AsReference = new() { VocabSize = 30_000, SpecialTokens = [], FullAlphabet = false };

    [Test]
    public void Vocabulary_and_merges_equal_the_reference_trainers()
    {
        var golden = Tokenizer.Load(GoldenIds.PathOf("trained.json"));

        var trained = new BpeTrainer(AsReference).Train(GoldenLines());

        Assert.That(trained.Definition.Merges, Is.EqualTo(golden.Definition.Merges));
        Assert.That(trained.Definition.Vocabulary, Is.EquivalentTo(golden.Definition.Vocabulary));
        Assert.That(trained.Hash, Is.EqualTo(golden.Hash));
    }

    [TestCase(2, Description = "two threads")]
    [TestCase(4, Description = "four threads")]
    public void Any_number_of_threads_trains_the_same_tokenizer(int threads)
    {
        var alone = new BpeTrainer(AsReference).Train(GoldenLines());

        var together = new BpeTrainer(AsReference, threads).Train(GoldenLines());

        Assert.That(together.Hash, Is.EqualTo(alone.Hash));
    }

    [Test]
    public void Learning_equals_the_naive_loop_over_all_words()
    {
        var lines = GoldenLines().Take(120).ToArray();
        var config = AsReference with { VocabSize = 260 };

        var trained = new BpeTrainer(config).Train(lines);

        Assert.That(trained.Definition.Merges, Is.EqualTo(NaiveTrainer.Learn(lines, config)));
    }

    [Test]
    public void Special_tokens_come_first_then_the_alphabet_in_the_order_of_its_characters()
    {
        var config = new TokenizerConfig { VocabSize = 300, SpecialTokens = ["<|endoftext|>", "<|pad|>"] };

        var trained = new BpeTrainer(config).Train([Encoding.UTF8.GetBytes("abab abab")]);

        Assert.That(trained.TokenToId("<|endoftext|>"), Is.Zero);
        Assert.That(trained.TokenToId("<|pad|>"), Is.EqualTo(1));
        Assert.That(trained.TokenToId("!"), Is.EqualTo(2));
        Assert.That(trained.TokenToId("Ń"), Is.EqualTo(257));
        Assert.That(trained.Encode("ab<|pad|>"), Is.EqualTo(new[] { trained.TokenToId("ab"), 1 }));
        Assert.That(trained.EndOfTextId, Is.Zero);
    }

    [Test]
    public void Pairs_rarer_than_the_minimum_are_not_merged()
    {
        var config = AsReference with { MinFrequency = 3 };

        var trained = new BpeTrainer(config).Train([Encoding.UTF8.GetBytes("ab ab ab cd cd")]);

        Assert.That(trained.TokenToId("ab"), Is.Not.Null);
        Assert.That(trained.TokenToId("cd"), Is.Null);
    }

    [Test]
    public void Merged_tokens_stay_below_the_greatest_length()
    {
        var config = AsReference with { MaxTokenLength = 5 };

        var trained = new BpeTrainer(config).Train(GoldenLines());

        Assert.That(trained.Definition.Vocabulary.Keys.Max(token => token.Length), Is.EqualTo(4));
    }

    [Test]
    public void Counts_above_two_to_the_31st_keep_their_order()
    {
        var words = new Training.WordCounter(Tokenization.Splitting.SplitterFamilies.Gpt2);
        words.Add("ab"u8, 3_000_000_000);
        words.Add("cd"u8, 5_000_000_000);
        words.Add("ef"u8, 4_000_000_000);

        var merges = new Training.MergeLearner(AsReference).Learn(words, _ => { }, CancellationToken.None);

        Assert.That(merges, Is.EqualTo(new[] { ("c", "d"), ("e", "f"), ("a", "b") }));
    }

    [Test]
    public void Progress_names_both_phases()
    {
        var progress = new RecordedProgress();

        new BpeTrainer(AsReference).Train(Enumerable.Repeat<ReadOnlyMemory<byte>>(new byte[1 << 19], 3), progress);

        Assert.That(progress.Updates.Select(update => update.Task).Distinct(), Is.EqualTo(new[] { "counting words", "learning merges" }));
        Assert.That(progress.Updates[^1], Has.Property("Done").EqualTo(progress.Updates[^1].Total));
    }

    [Test]
    public void Training_stops_when_asked_to()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Assert.That(() => new BpeTrainer(AsReference).Train(GoldenLines(), null, stop.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    // The reference trainer reads a file line by line, each line with its end.
    private static IEnumerable<ReadOnlyMemory<byte>> GoldenLines()
    {
        var text = File.ReadAllBytes(GoldenIds.PathOf("corpus.txt"));
        for (var start = 0; start < text.Length;)
        {
            var end = start + text.AsSpan(start).IndexOf((byte)'\n') + 1;
            yield return text.AsMemory(start, end - start);
            start = end;
        }
    }

    private sealed class RecordedProgress : IProgress<ProgressUpdate>
    {
        internal List<ProgressUpdate> Updates { get; } = [];

        public void Report(ProgressUpdate value)
        {
            Updates.Add(value);
        }
    }
}
