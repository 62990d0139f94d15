using System.Globalization;
using System.Text.RegularExpressions;

namespace Granary.Cluster.Generations;

/// <summary>How far a rank is, as it goes with a node's heartbeat: "train, step 12" or "train, step 12, evaluation 3/20".</summary>
/// <param name="Phase">What it does: a stage, "evaluation" or "checkpoint".</param>
/// <param name="Step">Steps that are done.</param>
/// <param name="Detail">How far a longer task within is; null outside of one.</param>
public sealed partial record RankProgress(string Phase, long Step, string? Detail = null)
{
    /// <summary>Reads what <see cref="ToString"/> wrote; null where it is something else.</summary>
    public static RankProgress? TryParse(string? text)
    {
        return Form().Match(text ?? string.Empty) is { Success: true } match && long.TryParse(match.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? new RankProgress(match.Groups[1].Value, step, match.Groups[3].Success ? match.Groups[3].Value : null)
            : null;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        return string.Create(CultureInfo.InvariantCulture, $"{Phase}, step {Step}{(Detail is null ? string.Empty : $", {Detail}")}");
    }

    [GeneratedRegex(@"\A([^,]{1,100}), step ([0-9]{1,18})(?:, (.{1,200}))?\z", RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}
