namespace Granary.Cli.Terminal;

/// <summary>The kinds of lines that <see cref="JsonView"/> writes besides the events of a run's log; a rank speaks to its launcher in them.</summary>
internal static class ViewEvents
{
    /// <summary>A stage begins.</summary>
    public const string StageBegin = "stage_begin";

    /// <summary>A stage ended.</summary>
    public const string StageEnd = "stage_end";

    /// <summary>A fact worth reading.</summary>
    public const string Note = "note";

    /// <summary>How far a task is.</summary>
    public const string Progress = "progress";

    /// <summary>Something the user should know.</summary>
    public const string Warning = "warning";

    /// <summary>This rank ends because another is gone or silent.</summary>
    public const string LostPeer = "lost_peer";
}
