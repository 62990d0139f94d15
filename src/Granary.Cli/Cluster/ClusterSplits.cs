using System.Globalization;
using Granary.Cli.Stages;
using Granary.Cluster.Ledger;
using Granary.Core.Runs;
using Granary.Data.Tokenization;
using Granary.Pipelines.Corpus;
using Granary.Pipelines.Corpus.Splits;

namespace Granary.Cli.Cluster;

/// <summary>The splits of a run's corpus, tokenized by the workers of a cluster, read in their order.</summary>
internal sealed class ClusterSplits : IDisposable
{
    private readonly RunContext _context;
    private readonly CorpusManifest _corpus;
    private readonly ClusterLauncher _launcher;
    private readonly SplitTable _table;
    private readonly TokenSplitHeader _header;
    private readonly Lazy<Task<IReadOnlyList<int>>> _shards;

    private ClusterSplits(RunContext context, CorpusManifest corpus, ClusterLauncher launcher, SplitTable table, TokenSplitHeader header)
    {
        (_context, _corpus, _launcher, _table, _header) = (context, corpus, launcher, table, header);
        _shards = new Lazy<Task<IReadOnlyList<int>>>(() => _launcher.AddAsync([.. Enumerable.Range(0, table.Splits.Count).Select(WorkOf)], CancellationToken.None));
    }

    private string Folder => FolderOf(_context.Folder);

    /// <summary>Where the splits of a run lie.</summary>
    public static string FolderOf(RunFolder folder) => folder.StagePath("tokens");

    /// <summary>What decides the ids of a run's splits.</summary>
    public static string IdentityOf(CorpusManifest corpus, Tokenizer tokenizer, long splitBytes)
    {
        return StageRecord.HashOf("tokens 1", corpus.ContentHash(), Convert.ToHexStringLower(tokenizer.Hash), $"{tokenizer.EndOfTextId}", string.Create(CultureInfo.InvariantCulture, $"{splitBytes}"));
    }

    /// <summary>Splits the corpus and hands the splits to the cluster.</summary>
    public static ClusterSplits Begin(RunContext context, ClusterConnection cluster, CorpusManifest corpus, Tokenizer tokenizer)
    {
        var table = new SplitTable(IdentityOf(corpus, tokenizer, cluster.SplitBytes), CorpusReading.Reader(context).Split(corpus, cluster.SplitBytes));
        var folder = FolderOf(context.Folder);
        Directory.CreateDirectory(folder);
        table.Save(Path.Combine(folder, SplitTable.FileName));
        context.View.Say(string.Create(CultureInfo.InvariantCulture, $"{table.Splits.Count:N0} splits for the workers of the cluster"));

        // Another corpus, tokenizer or size of splits is other work, and has a dataset of its own.
        var launcher = cluster.Launcher($"tokens-{table.Identity[..12]}");
        return new ClusterSplits(context, corpus, launcher, table, TokenSplitHeader.Of(table.Identity, split: 0, tokenizer.VocabularySize));
    }

    /// <summary>The documents to train on, as ids.</summary>
    public IEnumerable<Document> Read(CancellationToken cancellationToken)
    {
        var splits = new TokenSplits(_table.Splits, _header, (split, stop) => AwaitAsync(split, stop).GetAwaiter().GetResult());
        return CorpusReading.Reader(_context).ReadTraining(_corpus, splits, _context.View, cancellationToken);
    }

    /// <summary>Removes what the workers wrote: the shards hold it.</summary>
    public void Remove()
    {
        Directory.Delete(Folder, recursive: true);
    }

    public void Dispose()
    {
        _launcher.Dispose();
    }

    private (string Id, ShardWork Work) WorkOf(int split)
    {
        return (split.ToString(CultureInfo.InvariantCulture), JobWork.Tokens(Path.GetFullPath(_context.Folder.Path), split));
    }

    // A file that the ledger knows and that is gone, or cut, is made again.
    private async Task<string> AwaitAsync(int split, CancellationToken stop)
    {
        var shard = (await _shards.Value.WaitAsync(stop))[split];
        while (true)
        {
            var row = await _launcher.WhenOverAsync(shard, stop);
            if (row is not { State: ShardState.Done, Output: { Path: { } path, Bytes: var bytes } })
            {
                throw new StageException(DecomposeStage.Name, $"Split '{split}' of the corpus could not be tokenized: {row.Failure ?? "it was cancelled"} See what the workers say, mend it, and run again.");
            }

            if (new FileInfo(path) is { Exists: true } file && file.Length == bytes)
            {
                return path;
            }

            shard = (await _launcher.AddAsync([WorkOf(split)], stop))[0];
        }
    }
}
