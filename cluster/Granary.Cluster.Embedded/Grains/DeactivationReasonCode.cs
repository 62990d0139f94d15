namespace Orleans;

/// <summary>Kinds of reasons for which an activation ends, with Orleans' numbers; the embedded runtime gives those that need no cluster.</summary>
public enum DeactivationReasonCode : byte
{
    /// <summary>None is given.</summary>
    None,

    /// <summary>The process stops.</summary>
    ShuttingDown,

    /// <summary>The grain could not be activated.</summary>
    ActivationFailed,

    /// <summary>The grain directory failed.</summary>
    DirectoryFailure,

    /// <summary>Nobody has called it for the collection age.</summary>
    ActivationIdle,

    /// <summary>It does not answer.</summary>
    ActivationUnresponsive,

    /// <summary>Another activation of the grain was first.</summary>
    DuplicateActivation,

    /// <summary>A call asked for another version of its interface.</summary>
    IncompatibleRequest,

    /// <summary>A call ended in an exception after which its state cannot be trusted.</summary>
    ApplicationError,

    /// <summary>The grain asked for it.</summary>
    ApplicationRequested,

    /// <summary>It moves to another process.</summary>
    Migrating,

    /// <summary>The runtime asked for it.</summary>
    RuntimeRequested,

    /// <summary>Memory is short.</summary>
    HighMemoryPressure,
}
