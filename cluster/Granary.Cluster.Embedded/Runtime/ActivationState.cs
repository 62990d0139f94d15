namespace Orleans.Runtime;

/// <summary>Where an activation is in its life; it only goes on to later ones.</summary>
internal enum ActivationState
{
    /// <summary>Nobody has called it yet.</summary>
    New,

    /// <summary>It is constructed, reads its state and runs OnActivateAsync; calls wait.</summary>
    Activating,

    /// <summary>Calls run.</summary>
    Active,

    /// <summary>Running calls go on to their end; others wait for the next activation.</summary>
    Draining,

    /// <summary>It runs OnDeactivateAsync; calls wait for the next activation.</summary>
    Deactivating,

    /// <summary>It takes nothing.</summary>
    Gone,
}
