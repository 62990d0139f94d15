namespace Granary.Distributed.Planning;

/// <summary>What transfers of one step share.</summary>
public enum LinkKind
{
    /// <summary>Nothing: each ordered pair of ranks has a link of its own, full speed both ways at once.</summary>
    Mesh,

    /// <summary>A rank's port, which carries all it sends and, at once, all it receives: a switch, or a network card.</summary>
    Port,

    /// <summary>A rank's port, which carries what it sends and what it receives in turns.</summary>
    HalfDuplexPort,
}
