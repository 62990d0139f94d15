namespace Granary.Pipelines.Climb.Search;

/// <summary>A named set of defaults; single keys override it.</summary>
public enum SearchPreset
{
    /// <summary>What measured best: predictors compared out of fold, local candidates, a choice that is trained again.</summary>
    Robust,

    /// <summary>As the paper says (arXiv 2504.13161); what it leaves open is chosen plainly.</summary>
    Paper,

    /// <summary>As the official code does (NeMo Curator's tutorial), which differs from the paper.</summary>
    Curator,
}
