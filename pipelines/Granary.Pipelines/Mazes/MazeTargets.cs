namespace Granary.Pipelines.Mazes;

/// <summary>Which tokens of a maze are to be predicted.</summary>
public enum MazeTargets
{
    /// <summary>Those behind <c>&lt;PATH_START&gt;</c>, the one that ends the path included: the papers' prediction mask.</summary>
    Path,

    /// <summary>All but the first.</summary>
    All,
}
