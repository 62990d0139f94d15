namespace Granary.Cluster.Submission.Slurm;

/// <summary>Slurm's words for where a job stands.</summary>
internal static class SlurmStates
{
    /// <summary>What a word means; `CANCELLED by 1000` begins with one.</summary>
    public static SubmittedState Read(string word)
    {
        return word.Split(' ', 2)[0] switch
        {
            "PENDING" or "CONFIGURING" or "REQUEUED" or "REQUEUE_HOLD" or "REQUEUE_FED" or "RESV_DEL_HOLD" or "SPECIAL_EXIT" => SubmittedState.Queued,
            "RUNNING" or "COMPLETING" or "SUSPENDED" or "STOPPED" or "SIGNALING" or "STAGE_OUT" or "RESIZING" => SubmittedState.Running,
            "COMPLETED" => SubmittedState.Done,
            "CANCELLED" or "REVOKED" => SubmittedState.Cancelled,
            "FAILED" or "TIMEOUT" or "NODE_FAIL" or "OUT_OF_MEMORY" or "BOOT_FAIL" or "DEADLINE" or "PREEMPTED" => SubmittedState.Failed,
            _ => SubmittedState.Unknown,
        };
    }
}
