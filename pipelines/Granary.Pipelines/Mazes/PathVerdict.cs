namespace Granary.Pipelines.Mazes;

/// <summary>What an answer to a maze is worth.</summary>
public sealed record PathVerdict
{
    /// <summary>The answer's cells, up to where its tokens end or are no path's.</summary>
    public required IReadOnlyList<int> Cells { get; init; }

    /// <summary>How many of the first cells lie on a shortest path; in a Dfs maze, on the path.</summary>
    public required int RightCells { get; init; }

    /// <summary>What is wrong behind the right cells.</summary>
    public required PathFault Fault { get; init; }

    /// <summary>The place of the answer's token at which it goes wrong, of a plan's step the first one; -1 when nothing does.</summary>
    public required int FaultAt { get; init; }

    /// <summary>Whether every token is the reference's, the one that ends it included; what stands behind that is not looked at.</summary>
    public required bool IsExact { get; init; }

    /// <summary>Whether it begins in the start, takes open steps only, and is ended in the goal.</summary>
    public required bool IsValid { get; init; }

    /// <summary>Tokens of the reference, the one that ends it included.</summary>
    public required int ReferenceTokens { get; init; }

    /// <summary>Tokens of the answer that are the reference's at the same place.</summary>
    public required int RightTokens { get; init; }

    /// <summary>Whether it is valid and no path is shorter.</summary>
    public bool IsShortest => Fault == PathFault.None;

    /// <summary>Share of the reference's tokens that the answer has at the same place.</summary>
    public double TokenAccuracy => (double)RightTokens / ReferenceTokens;
}
