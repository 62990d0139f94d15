using System.Globalization;
using Granary.Pipelines.Mazes;

namespace Granary.Cli.Commands;

/// <summary>What is said below the drawing of a maze.</summary>
internal static class MazeSentences
{
    /// <summary>A line on a solution.</summary>
    internal static string Of(IReadOnlyList<int> solution)
    {
        return solution.Count == 0 ? "There is no way from S to G." : string.Create(CultureInfo.InvariantCulture, $"{solution.Count} cells from S to G");
    }

    /// <summary>A line on a path that was judged.</summary>
    internal static string Of(PathVerdict verdict)
    {
        var worth = verdict switch
        {
            { IsExact: true } => "the reference, token for token",
            { IsShortest: true } => "valid and shortest, but not the reference",
            { IsValid: true } => "valid, but not shortest",
            _ => "not valid",
        };
        var right = string.Create(CultureInfo.InvariantCulture, $"{worth}; {verdict.RightCells} of {verdict.Cells.Count} cells right, {verdict.RightTokens} of {verdict.ReferenceTokens} tokens the reference's");
        return verdict.Fault == PathFault.None ? right : string.Create(CultureInfo.InvariantCulture, $"{right}; {Of(verdict.Fault)} at token {verdict.FaultAt + 1}");
    }

    private static string Of(PathFault fault)
    {
        return fault switch
        {
            PathFault.WrongStart => "does not begin in S",
            PathFault.ThroughWall => "goes through a wall",
            PathFault.Jump => "jumps",
            PathFault.Detour => "turns away from G",
            PathFault.NotAPath => "is no path",
            PathFault.EndsEarly => "ends before G",
            _ => "is cut off",
        };
    }
}
