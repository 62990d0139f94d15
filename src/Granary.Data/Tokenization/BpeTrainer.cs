using Granary.Core.Progress;
using Granary.Data.Tokenization.Splitting;
using Granary.Data.Tokenization.Training;

namespace Granary.Data.Tokenization;

/// <summary>Trains byte-level BPE: the same vocabulary and merges as Hugging Face's trainer, whatever the number of threads.</summary>
public sealed class BpeTrainer
{
    private const int MergesPerReport = 100;
    private const long BytesPerReport = 1 << 20;

    private readonly TokenizerConfig _config;
    private readonly int _threads;
    private readonly Splitter _splitter;

    /// <summary>Creates a trainer that counts words on a number of threads.</summary>
    public BpeTrainer(TokenizerConfig config, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        _config = config;
        _threads = threads;
        _splitter = SplitterFamilies.FindByName(config.Splitter)
            ?? throw new ArgumentException($"No splitter is named '{config.Splitter}'. Known: {string.Join(", ", SplitterFamilies.Names)}.", nameof(config));
    }

    /// <summary>Reads all documents once, learns the merges and returns the tokenizer. Words never cross documents.</summary>
    public Tokenizer Train(
        IEnumerable<ReadOnlyMemory<byte>> documents,
        IProgress<ProgressUpdate>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        var words = CountWords(documents, progress, cancellationToken);
        var learner = new MergeLearner(_config);
        var merges = learner.Learn(words, learned => ReportMerges(learner, learned, progress), cancellationToken);
        progress?.Report(new ProgressUpdate("learning merges", _config.VocabSize, _config.VocabSize, "tokens"));
        return new Tokenizer(new TokenizerDefinition
        {
            Vocabulary = learner.Tokens.Select((token, id) => (token, id)).ToDictionary(entry => entry.token, entry => entry.id),
            Merges = merges,
            AddedTokens = [.. _config.SpecialTokens.Select((token, id) => new AddedToken { Id = id, Content = token })],
            Splitter = _splitter,
            IsByteLevel = true,
        });
    }

    // Each thread counts into its own table; sums of whole numbers are the same in any order.
    private WordCounter CountWords(IEnumerable<ReadOnlyMemory<byte>> documents, IProgress<ProgressUpdate>? progress, CancellationToken cancellationToken)
    {
        var total = new WordCounter(_splitter);
        var gate = new Lock(); // guards total and bytesDone: threads add to them
        var bytesDone = 0L;
        var options = new ParallelOptions { MaxDegreeOfParallelism = _threads, CancellationToken = cancellationToken };
        Parallel.ForEach(
            documents,
            options,
            () => new WordCounter(_splitter),
            (document, _, own) =>
            {
                own.Add(document.Span);
                lock (gate)
                {
                    var reported = bytesDone / BytesPerReport;
                    bytesDone += document.Length;
                    if (bytesDone / BytesPerReport != reported)
                    {
                        progress?.Report(new ProgressUpdate("counting words", bytesDone, 0, "bytes"));
                    }
                }

                return own;
            },
            own =>
            {
                lock (gate)
                {
                    total.Add(own);
                }
            });
        return total;
    }

    private void ReportMerges(MergeLearner learner, int learned, IProgress<ProgressUpdate>? progress)
    {
        if (learned % MergesPerReport == 0)
        {
            progress?.Report(new ProgressUpdate("learning merges", learner.Tokens.Count, _config.VocabSize, "tokens"));
        }
    }
}
