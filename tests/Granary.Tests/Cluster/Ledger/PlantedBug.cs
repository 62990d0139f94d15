namespace Granary.Cluster.Ledger.Tests;

/// <summary>Faults that can be switched on in the reference ledger, and in the simulation's workers and coordinator, to show that they are found.</summary>
public enum PlantedBug
{
    None,

    // The ledger's.
    CommitsWithAnyToken,
    CommitsAfterTheEnd,
    CommitsWhatWasGivenBack,
    HoldsAtTheEnd,
    GrantsBeforeTheEnd,
    RenewsAfterTheEnd,
    RenewsAnyToken,
    ReleasesWithAnyToken,
    KeepsTheEpochAtGrants,
    CancelsWithoutFence,
    ForgetsAnswers,
    AnswersBeforeTheEffect,
    AddsAgain,
    KeepsTheIncarnation,
    CountsIncarnations,
    KeepsLeasesAtRestores,
    WritesTheLineApart,

    // The worker's.
    TrustsItsWallClock,
    CountsFromTheReply,
    WorksToTheEnd,
    WorksOnWhenLost,
    RetriesWithAnotherOperation,

    // The coordinator's.
    GrantsFromMemory,
    AnswersForTheDatabase,
}
