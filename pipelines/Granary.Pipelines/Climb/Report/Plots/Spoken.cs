using System.Globalization;

namespace Granary.Pipelines.Climb.Report.Plots;

/// <summary>Numbers as people read them, the same in every culture; no line breaks before a unit.</summary>
internal static class Spoken
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>"42 %", "4.2 %", "0.42 %", "0": three digits are more than a weight deserves.</summary>
    internal static string Percent(double share)
    {
        return Math.Abs(share) switch
        {
            < 0.00005 => "0",
            < 0.00995 => string.Create(Invariant, $"{100 * share:F2}\u00a0%"),
            < 0.0995 => string.Create(Invariant, $"{100 * share:F1}\u00a0%"),
            _ => string.Create(Invariant, $"{100 * share:F0}\u00a0%"),
        };
    }

    /// <summary>A score, or "none".</summary>
    internal static string Score(double score) => double.IsFinite(score) ? score.ToString("F4", Invariant) : "none";

    /// <summary>A number with two digits behind the point, or "none".</summary>
    internal static string Two(double number) => double.IsFinite(number) ? number.ToString("F2", Invariant) : "none";

    /// <summary>"1.2 M", "340".</summary>
    internal static string Count(double count)
    {
        return Math.Abs(count) switch
        {
            >= 1e12 => string.Create(Invariant, $"{count / 1e12:F2}\u00a0T"),
            >= 1e9 => string.Create(Invariant, $"{count / 1e9:F2}\u00a0G"),
            >= 1e6 => string.Create(Invariant, $"{count / 1e6:F1}\u00a0M"),
            >= 1e4 => string.Create(Invariant, $"{count / 1e3:F1}\u00a0k"),
            _ => string.Create(Invariant, $"{count:N0}"),
        };
    }

    /// <summary>"0.42", "7.1", "230": how many times.</summary>
    internal static string Times(double times)
    {
        return times switch
        {
            >= 100 => string.Create(Invariant, $"{times:N0}"),
            >= 10 => string.Create(Invariant, $"{times:F1}"),
            _ => string.Create(Invariant, $"{times:F2}"),
        };
    }

    /// <summary>"2 h 05 min", "3 min 10 s", "4.2 s".</summary>
    internal static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Round(seconds));
        return seconds switch
        {
            < 59.95 => string.Create(Invariant, $"{seconds:F1} s"),
            < 3_599.5 => string.Create(Invariant, $"{time.Minutes} min {time.Seconds:D2} s"),
            _ => string.Create(Invariant, $"{(long)time.TotalHours} h {time.Minutes:D2} min"),
        };
    }

    /// <summary>A count with its noun: "1 trial", "12 trials".</summary>
    internal static string Of(int count, string noun) => string.Create(Invariant, $"{count:N0} {noun}{(count == 1 ? string.Empty : "s")}");
}
