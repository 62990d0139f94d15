using System.Text.Json;

namespace Granary.EndToEnd.Tests;

/// <summary>How a process ended and what it said.</summary>
internal sealed record GranaryResult(int ExitCode, string Output, string Error)
{
    /// <summary>The exit code of a process that SIGKILL ended.</summary>
    internal const int Killed = 137;

    /// <summary>The lines of the output.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The lines of the error output.</summary>
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The output as one JSON object.</summary>
    public JsonElement Json()
    {
        Assert.That(Lines, Has.Length.EqualTo(1), ToString());
        return JsonSerializer.Deserialize<JsonElement>(Lines[0]);
    }

    public override string ToString()
    {
        return $"exit {ExitCode}\n--- output\n{Output}\n--- error\n{Error}";
    }
}
