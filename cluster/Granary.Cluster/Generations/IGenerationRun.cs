using Granary.Cluster.Ledger;

namespace Granary.Cluster.Generations;

/// <summary>The run that a training job's generations train, and who is told what becomes of them.</summary>
public interface IGenerationRun
{
    /// <summary>The run's folder, whose claim is held here.</summary>
    string Folder { get; }

    /// <summary>Makes what a generation has saved last the checkpoint that the run goes on from; gives the steps that are saved then.</summary>
    long Promote(int generation);

    /// <summary>Something worth reading.</summary>
    void Say(string sentence);

    /// <summary>Something to look at.</summary>
    void Warn(string sentence);

    /// <summary>The ranks' rows, at every look.</summary>
    void Show(IReadOnlyList<ShardRow> ranks);
}
