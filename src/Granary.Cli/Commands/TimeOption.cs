using System.CommandLine;
using Granary.Core.Configuration;

namespace Granary.Cli.Commands;

/// <summary>An option whose value is a time, written as in configurations.</summary>
internal static class TimeOption
{
    /// <summary>A fresh option; anything but a time above zero is wrong usage.</summary>
    internal static Option<TimeSpan?> Create(string name, string description)
    {
        return new Option<TimeSpan?>(name)
        {
            Description = description,
            CustomParser = result =>
            {
                var text = result.Tokens.Single().Value;
                if (TimeText.TryRead(text) is { } time && time > TimeSpan.Zero)
                {
                    return time;
                }

                result.AddError($"'{name}' is '{text}' but must be a time such as 90s, 2m, 1h30m or 7d.");
                return null;
            },
        };
    }
}
