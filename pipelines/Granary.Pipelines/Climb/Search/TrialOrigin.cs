namespace Granary.Pipelines.Climb.Search;

/// <summary>Why a mixture is tried.</summary>
public enum TrialOrigin
{
    /// <summary>Drawn from the first round's distribution.</summary>
    Drawn,

    /// <summary>Among the best that the predictor sees.</summary>
    Predicted,

    /// <summary>Drawn around one of the best that were measured.</summary>
    Local,

    /// <summary>A fixed point that is measured again and again, for the noise: uniform, or the tokens' own shares.</summary>
    Anchor,

    /// <summary>A single component.</summary>
    Vertex,

    /// <summary>The reference of a method that needs one.</summary>
    Reference,

    /// <summary>A finalist, trained again with a seed of its own.</summary>
    Finalist,
}
