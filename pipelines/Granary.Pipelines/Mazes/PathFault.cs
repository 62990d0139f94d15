namespace Granary.Pipelines.Mazes;

/// <summary>Where an answer first leaves every shortest path.</summary>
public enum PathFault
{
    /// <summary>Nowhere: it is a shortest path.</summary>
    None,

    /// <summary>Its first cell is not the start.</summary>
    WrongStart,

    /// <summary>It steps through a wall, or onto one.</summary>
    ThroughWall,

    /// <summary>It goes on in a cell that is no neighbour.</summary>
    Jump,

    /// <summary>It takes an open step that does not bring it nearer to the goal.</summary>
    Detour,

    /// <summary>A token is no path's.</summary>
    NotAPath,

    /// <summary>It is ended before the goal.</summary>
    EndsEarly,

    /// <summary>There are no more tokens, and none has ended it.</summary>
    CutOff,
}
