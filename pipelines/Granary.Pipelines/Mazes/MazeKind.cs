namespace Granary.Pipelines.Mazes;

/// <summary>How a maze is laid out, which settles how it is generated and written.</summary>
public enum MazeKind
{
    /// <summary>Passages between cells form a spanning tree, grown depth first; every path is the only one.</summary>
    Dfs,

    /// <summary>Some cells are walls; the path is the one that A* finds of the shortest.</summary>
    AStar,
}
