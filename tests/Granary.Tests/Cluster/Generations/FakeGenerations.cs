using Granary.Cluster.Grains;
using Granary.Cluster.Ledger;
using Granary.Testing;

namespace Granary.Cluster.Generations.Tests;

/// <summary>A coordinator and a run whose generations go as a test says: by the words of their ranks' rows, look by look.</summary>
internal sealed class FakeGenerations : IGenerationCoordinator, IGenerationRun
{
    private readonly Func<int, int, string> _course;
    private readonly Dictionary<string, int> _looks = [];

    /// <summary>Creates it; <paramref name="course"/> gives the words of a generation's ranks at its n-th look.</summary>
    public FakeGenerations(string folder, Func<int, int, string> course)
    {
        (Folder, _course) = (folder, course);
    }

    public ManualClock Clock { get; } = new();

    public string Folder { get; }

    public List<DatasetSpec> Made { get; } = [];

    public List<string> Cancelled { get; } = [];

    public List<string> Said { get; } = [];

    /// <summary>Steps that are saved when a generation is promoted.</summary>
    public Func<int, long> Saved { get; init; } = _ => 0;

    public IReadOnlyList<int> NodeThreads { get; set; } = [];

    public string? Progress { get; set; }

    public Task CreateAsync(DatasetSpec dataset, CancellationToken cancellationToken)
    {
        Made.Add(dataset);
        return Task.CompletedTask;
    }

    public Task<DatasetSnapshot> WaitAsync(string dataset, long after, TimeSpan wait, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Clock.Advance(wait);
        _looks[dataset] = _looks.GetValueOrDefault(dataset) + 1;
        return Task.FromResult(new DatasetSnapshot { Id = dataset, Job = "job", Kind = DatasetKind.Ranks, Version = after + 1, Shards = new Dictionary<ShardState, int>() });
    }

    public Task<IReadOnlyList<ShardRow>> ListShardsAsync(string dataset, int from, int count, CancellationToken cancellationToken)
    {
        var words = _course(NumberOf(dataset), _looks[dataset]).Split(' ');
        return Task.FromResult<IReadOnlyList<ShardRow>>([.. words.Select(GenerationJudgeTests.Row).Select(row => row.State == ShardState.Failed ? row with { Failure = $"It broke on rank {row.Key.Index}." } : row)]);
    }

    public Task<GenerationSnapshot> FindGenerationAsync(string dataset, CancellationToken cancellationToken)
    {
        return Task.FromResult(new GenerationSnapshot
        {
            Id = dataset,
            Ranks = 2,
            Members = [.. Enumerable.Range(0, 2).Select(rank => new GenerationMember(rank, $"node-{rank}", "10.0.0.1", 1, Progress))],
            NodeThreads = NodeThreads,
            NodeGpus = [.. NodeThreads.Select(_ => 0)],
        });
    }

    public Task CancelDatasetAsync(string dataset, CancellationToken cancellationToken)
    {
        Cancelled.Add(dataset);
        return Task.CompletedTask;
    }

    public long Promote(int generation) => Saved(generation);

    public void Say(string sentence) => Said.Add(sentence);

    public void Warn(string sentence) => Said.Add(sentence);

    public void Show(IReadOnlyList<ShardRow> ranks)
    {
        // Nothing is printed here.
    }

    private static int NumberOf(string dataset) => int.Parse(dataset.Split('/')[^1], System.Globalization.CultureInfo.InvariantCulture);
}
