namespace Granary.Torch.Distributed;

/// <summary>Tells which rank is gone when an exchange fails.</summary>
public interface IFailureDiagnosis
{
    /// <summary>The failure that came first of all ranks; waits as long as it takes to tell whether the suspect is alive, and is null where it is.</summary>
    DistributedException? FirstFailure(int suspect);
}
