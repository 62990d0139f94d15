namespace Granary.Cli.Commands;

/// <summary>What the process ends with.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    internal const int Done = 0;

    /// <summary>Failed, with one message that says why.</summary>
    internal const int Failed = 1;

    /// <summary>Wrong usage or configuration.</summary>
    internal const int WrongUsage = 2;

    /// <summary>Another process has taken this one's place; nothing is wrong with the work.</summary>
    internal const int Fenced = 75;

    /// <summary>Interrupted; the state is saved.</summary>
    internal const int Interrupted = 130;
}
