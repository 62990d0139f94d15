using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>A job's own process as a shard: one call of `granary` that hands out the job's parts and waits for them.</summary>
internal static class DriverWork
{
    /// <summary>The variable in which the process finds its job's id.</summary>
    public const string JobVariable = "GRANARY_JOB_ID";

    /// <summary>The dataset, of one shard, that is the job's own process.</summary>
    public static string DatasetOf(string job) => $"{job}/{IJobGrain.Driver}";

    public static DatasetSpec Of(JobSubmission job, string configuration, string runs, int gpus)
    {
        return new DatasetSpec
        {
            Id = DatasetOf(job.Key),
            Job = job.Key,
            Kind = DatasetKind.Driver,
            Shards =
            [
                new ShardWork
                {
                    Arguments = [job.Command, configuration, "--runs", runs, "--json"],
                    Gpus = gpus,
                    Environment = new Dictionary<string, string> { [JobVariable] = job.Key },
                },
            ],
        };
    }
}
