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

    /// <summary>Nothing is wrong with the work, but it cannot go on here: it may elsewhere, or later.</summary>
    internal const int TryElsewhere = 75;

    /// <summary>Interrupted; the state is saved.</summary>
    internal const int Interrupted = 130;
}
