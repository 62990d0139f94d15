namespace Granary.Cli.Ranks;

/// <summary>How a rank ended.</summary>
/// <param name="Rank">Its number.</param>
/// <param name="ExitCode">What its process ended with; 128 + signal where one killed it.</param>
/// <param name="Error">What it said last, without the program's name; empty where it said nothing.</param>
/// <param name="LostPeer">Whether it ended because another rank was gone or silent.</param>
/// <param name="WasStopped">Whether the launcher had asked it to end.</param>
internal sealed record RankEnding(int Rank, int ExitCode, string Error, bool LostPeer, bool WasStopped)
{
    private const int SignalBase = 128;

    /// <summary>The signal that killed it; null where none did.</summary>
    public int? Signal => ExitCode > SignalBase && ExitCode != Commands.ExitCodes.Interrupted ? ExitCode - SignalBase : null;

    /// <summary>Whether the run cannot have gone as it should.</summary>
    public bool IsFailure => ExitCode is not (Commands.ExitCodes.Done or Commands.ExitCodes.Interrupted);

    /// <summary>Whether others may have failed because of it, but it not because of others.</summary>
    public bool IsCause => IsFailure && !LostPeer && !(WasStopped && Signal is not null);
}
