using System.CommandLine;

namespace Granary.Cli.Commands;

/// <summary>The option that every command with a model has: how many threads it computes on.</summary>
internal static class ThreadsOption
{
    /// <summary>A fresh option; anything but a number of 1 or more is wrong usage.</summary>
    internal static Option<int> Create()
    {
        var threads = new Option<int>("--threads") { Description = "Threads. Default: one for each core.", DefaultValueFactory = _ => Environment.ProcessorCount };
        RequirePositive(threads);
        return threads;
    }

    /// <summary>Refuses a number below 1.</summary>
    internal static void RequirePositive(Option<int> count)
    {
        count.Validators.Add(result =>
        {
            // What is no number at all is reported by the parser itself.
            if (int.TryParse(result.Tokens.FirstOrDefault()?.Value, out var value) && value < 1)
            {
                result.AddError($"'{count.Name}' is '{value}' but must be 1 or more.");
            }
        });
    }
}
