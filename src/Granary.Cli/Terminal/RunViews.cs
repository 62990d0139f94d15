namespace Granary.Cli.Terminal;

/// <summary>Chooses the view that fits where the output goes.</summary>
internal static class RunViews
{
    /// <summary>JSON lines when asked for, a live block on a terminal, plain lines elsewhere.</summary>
    internal static IRunView Open(bool isJson, TimeProvider time)
    {
        if (isJson)
        {
            return new JsonView(Console.Out, time);
        }

        return IsTerminal() ? new LiveView(Console.Out, () => Console.WindowWidth, time) : new PlainView(Console.Out, time);
    }

    /// <summary>Whether the output goes to a terminal that understands colours and movements.</summary>
    internal static bool IsTerminal()
    {
        return !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } term && term != "dumb";
    }
}
