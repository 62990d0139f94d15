namespace Granary.Cluster.Submission;

/// <summary>Hands runs over to one kind of place, and looks after them there.</summary>
internal interface ISubmitter
{
    /// <summary>What <see cref="SubmitAsync"/> would hand over, for people; nothing is handed over.</summary>
    string Describe(SubmissionOrder order, string operation);

    /// <summary>The names of the parts that the run becomes, in the order in which they run.</summary>
    IReadOnlyList<string> PartsOf(SubmissionOrder order);

    /// <summary>Whether handing the same operation over again changes nothing.</summary>
    bool MayRepeat { get; }

    /// <summary>Hands a part over and gives its id. The record of the job, with its operation's id, is written before.</summary>
    /// <exception cref="SubmissionException">It was refused, or it is unknown whether it was taken.</exception>
    Task<string> SubmitAsync(SubmissionOrder order, SubmittedJob job, SubmittedPart part, CancellationToken cancellationToken);

    /// <summary>The id of a part of which it is unknown whether it was taken; null where nothing is known of it.</summary>
    Task<string?> FindAsync(SubmittedJob job, SubmittedPart part, CancellationToken cancellationToken);

    /// <summary>Where each of the parts stands, in their order; all of them have an id.</summary>
    Task<IReadOnlyList<PartReport>> LookAsync(SubmittedJob job, IReadOnlyList<SubmittedPart> parts, CancellationToken cancellationToken);

    /// <summary>Asks parts to end; all of them have an id.</summary>
    Task CancelAsync(SubmittedJob job, IReadOnlyList<SubmittedPart> parts, CancellationToken cancellationToken);

    /// <summary>What the job has printed, line by line; with <paramref name="follows"/> until it ends.</summary>
    IAsyncEnumerable<string> ReadLogAsync(SubmittedJob job, bool follows, CancellationToken cancellationToken);
}
