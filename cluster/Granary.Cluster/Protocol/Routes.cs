namespace Granary.Cluster.Protocol;

/// <summary>The paths of the coordinator's HTTP interface. Bodies are JSON with names in snake_case; errors are problem+json.</summary>
/// <remarks>
/// <code>
/// POST   /v1/nodes                              NodeDescription                      -> RegistrationReply
/// POST   /v1/nodes/{node}/heartbeat             Heartbeat                            -> HeartbeatReply
/// POST   /v1/nodes/{node}/drain                                                      -> 204
/// GET    /v1/nodes                                                                   -> NodeSnapshot[]
/// POST   /v1/leases?wait=SECONDS                NodeOffer                            -> LeaseReply, or 204 after the wait
/// POST   /v1/leases/commit                      CommitRequest                        -> 200, or 409 fenced
/// POST   /v1/leases/release                     ReleaseRequest                       -> 200, or 409 fenced
/// POST   /v1/jobs                               JobSubmission                        -> JobSnapshot (201, again 200; 409 for another with its key)
/// GET    /v1/jobs                                                                    -> JobSnapshot[]
/// GET    /v1/jobs/{job}                                                              -> JobSnapshot
/// DELETE /v1/jobs/{job}                                                              -> 202
/// GET    /v1/jobs/{job}/datasets                                                     -> DatasetSnapshot[]
/// GET    /v1/jobs/{job}/events?from=N           the lines of the run's events.jsonl as server-sent events, id = line
/// GET    /v1/jobs/{job}/log?from=BYTES          what the job's own process printed, as text; the header Granary-Next has the byte to go on from, behind the last whole line
/// POST   /v1/jobs/{job}/search                  MixtureRound                         -> 204
/// GET    /v1/jobs/{job}/search                                                       -> MixtureSearchSnapshot, or 404 where nothing was reported
/// POST   /v1/datasets                           DatasetSpec                          -> 201, or 409
/// POST   /v1/datasets/shards                    AddRequest                           -> AddReply
/// GET    /v1/datasets?id=ID&amp;after=VERSION&amp;wait=SECONDS                               -> DatasetSnapshot, once it is another than `after`
/// GET    /v1/datasets/shards?id=ID&amp;from=I&amp;count=N                                     -> ShardRow[]
/// DELETE /v1/datasets?id=ID                     ends all work on it                  -> 202
/// POST   /v1/generations?wait=SECONDS           JoinRequest                          -> GenerationSnapshot once all ranks are there, or after the wait; 409 fenced
/// GET    /v1/generations?id=ID                                                       -> GenerationSnapshot
/// GET    /v1/queue                                                                   -> QueueSnapshot
/// GET    /healthz                               open to all, says nothing            -> 204
/// GET    /metrics, GET /openapi.json, GET /     Prometheus, the description, the dashboard
/// </code>
/// </remarks>
public static class Routes
{
    /// <summary>Nodes; POST registers one.</summary>
    public const string Nodes = "/v1/nodes";

    /// <summary>Leases; POST asks for one.</summary>
    public const string Leases = "/v1/leases";

    /// <summary>Commits of leased shards.</summary>
    public const string Commit = "/v1/leases/commit";

    /// <summary>Leases that are given back.</summary>
    public const string Release = "/v1/leases/release";

    /// <summary>Jobs; POST hands one in.</summary>
    public const string Jobs = "/v1/jobs";

    /// <summary>Datasets; POST makes one.</summary>
    public const string Datasets = "/v1/datasets";

    /// <summary>Shards of datasets; POST adds some.</summary>
    public const string Shards = "/v1/datasets/shards";

    /// <summary>Generations of ranks; POST joins one.</summary>
    public const string Generations = "/v1/generations";

    /// <summary>The queue.</summary>
    public const string Queue = "/v1/queue";
}
