using System.Globalization;
using Granary.Core.Progress;
using Granary.Core.Runs;

namespace Granary.Cli.Terminal;

/// <summary>Events and progress in words, the same in every view.</summary>
internal static class Phrases
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>"1.2 M", "340": a count that is easy to compare.</summary>
    internal static string Short(double count)
    {
        return Math.Abs(count) switch
        {
            >= 1e9 => string.Create(Invariant, $"{count / 1e9:F2} G"),
            >= 1e6 => string.Create(Invariant, $"{count / 1e6:F1} M"),
            >= 1e4 => string.Create(Invariant, $"{count / 1e3:F1} k"),
            _ => string.Create(Invariant, $"{count:N0}"),
        };
    }

    /// <summary>"1 h 05 min", "2 min 10 s", "4 s".</summary>
    internal static string Duration(TimeSpan time)
    {
        // Rounded up before it is split, so that there are never 60 seconds.
        return TimeSpan.FromSeconds(Math.Ceiling(time.TotalSeconds)) switch
        {
            { TotalHours: >= 1 } whole => string.Create(Invariant, $"{(int)whole.TotalHours} h {whole.Minutes:D2} min"),
            { TotalMinutes: >= 1 } whole => string.Create(Invariant, $"{whole.Minutes} min {whole.Seconds:D2} s"),
            var whole => string.Create(Invariant, $"{whole.TotalSeconds:F0} s"),
        };
    }

    /// <summary>One line on a task: how far, how fast, how long still.</summary>
    internal static string Line(ProgressUpdate update, double perSecond, TimeSpan? left)
    {
        var text = update.Total > 0
            ? string.Create(Invariant, $"{update.Task}: {update.Done / update.Total:P0} of {Short(update.Total)} {update.Unit}")
            : $"{update.Task}: {Short(update.Done)} {update.Unit}";
        if (perSecond > 0)
        {
            text += $", {Short(perSecond)} {update.Unit}/s";
        }

        return left is { } time ? $"{text}, {Duration(time)} left" : text;
    }

    /// <summary>One line on an optimizer step.</summary>
    internal static string Step(RunEvent step, TimeSpan? left)
    {
        var numbers = step.Numbers;
        var text = string.Create(
            Invariant, $"step {step.Step + 1:N0}/{numbers["total_steps"]:N0}  loss {numbers["loss"]:F4}  {Short(numbers["tokens_per_second"])} tokens/s  rows of {numbers["length"]:N0}");
        if (numbers.TryGetValue("flops_share", out var share))
        {
            text += string.Create(Invariant, $"  {share:P0} of the matrix rate");
        }

        return left is { } time ? $"{text}  {Duration(time)} left" : text;
    }
}
