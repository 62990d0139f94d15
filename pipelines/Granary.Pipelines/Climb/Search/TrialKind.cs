namespace Granary.Pipelines.Climb.Search;

/// <summary>What a trial trains.</summary>
public enum TrialKind
{
    /// <summary>A model on a fixed mixture.</summary>
    Mixture,

    /// <summary>A model whose mixture follows its excess loss over the reference trial's model (DoReMi).</summary>
    GroupDro,
}
