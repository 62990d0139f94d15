using System.Globalization;
using Granary.Cli.Cluster;
using Granary.Data.Tokenization;
using Granary.Pipelines.Corpus;
using Granary.Pipelines.Corpus.Splits;

namespace Granary.Cli.Stages;

/// <summary>The splits of a run's corpus, tokenized by tasks that share them out by their numbers and know nothing of one another.</summary>
internal sealed class SharedSplits
{
    // Few enough for a folder, and enough for tasks that take unequal time.
    private const int Splits = 256;
    private const long SmallestSplit = 64 << 10;

    private readonly RunContext _context;
    private readonly CorpusManifest _corpus;
    private readonly SplitTable _table;
    private readonly TokenSplitHeader _header;

    private SharedSplits(RunContext context, CorpusManifest corpus, SplitTable table, TokenSplitHeader header)
    {
        (_context, _corpus, _table, _header) = (context, corpus, table, header);
    }

    /// <summary>Where the ids of a split go.</summary>
    public static string PathOf(string folder, int split) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{split}.tokens"));

    /// <summary>Writes down how the corpus falls into splits, for the tasks; gives their number.</summary>
    public static int Plan(RunContext context, CorpusManifest corpus, Tokenizer tokenizer)
    {
        var bytes = SplitBytes(corpus);
        var table = new SplitTable(ClusterSplits.IdentityOf(corpus, tokenizer, bytes), CorpusReading.Reader(context).Split(corpus, bytes));
        var folder = ClusterSplits.FolderOf(context.Folder);
        Directory.CreateDirectory(folder);
        table.Save(Path.Combine(folder, SplitTable.FileName));
        return table.Splits.Count;
    }

    /// <summary>The splits, where all of them are there and are of this corpus and tokenizer; null where they must be read here.</summary>
    public static SharedSplits? Find(RunContext context, CorpusManifest corpus, Tokenizer tokenizer)
    {
        var folder = ClusterSplits.FolderOf(context.Folder);
        var path = Path.Combine(folder, SplitTable.FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        var table = SplitTable.Load(path);
        var isWhole = table.Identity == ClusterSplits.IdentityOf(corpus, tokenizer, SplitBytes(corpus)) && Enumerable.Range(0, table.Splits.Count).All(split => File.Exists(PathOf(folder, split)));
        return isWhole ? new SharedSplits(context, corpus, table, TokenSplitHeader.Of(table.Identity, split: 0, tokenizer.VocabularySize)) : null;
    }

    /// <summary>The documents to train on, as ids.</summary>
    public IEnumerable<Document> Read(CancellationToken cancellationToken)
    {
        var folder = ClusterSplits.FolderOf(_context.Folder);
        _context.View.Say(string.Create(CultureInfo.InvariantCulture, $"{_table.Splits.Count:N0} splits are tokenized already"));
        return CorpusReading.Reader(_context).ReadTraining(_corpus, new TokenSplits(_table.Splits, _header, (split, _) => PathOf(folder, split)), _context.View, cancellationToken);
    }

    /// <summary>Removes what the tasks wrote: the shards hold it.</summary>
    public void Remove()
    {
        Directory.Delete(ClusterSplits.FolderOf(_context.Folder), recursive: true);
    }

    // Follows from the corpus alone, so whoever looks for the splits knows it too.
    private static long SplitBytes(CorpusManifest corpus)
    {
        return Math.Max(SmallestSplit, corpus.Files.Sum(files => files.Sum(file => Math.Max(0, file.Bytes))) / Splits);
    }
}
