namespace Granary.Training.GroupDro;

/// <summary>Trains a proxy whose mixture follows its excess loss over a reference model (DoReMi, arXiv 2305.10429).</summary>
public static class GroupDroTraining
{
    /// <summary>Trains to the end, or until it is interrupted.</summary>
    /// <exception cref="ArgumentException">The parts do not fit together.</exception>
    /// <exception cref="TrainingException">Too many losses or gradients were not finite.</exception>
    public static GroupDroOutcome Run(GroupDroConfig config, GroupDroParts parts, CancellationToken cancellationToken)
    {
        throw new NotSupportedException($"Group DRO of {parts.SamplingWeights.Count} domains, {config}, {cancellationToken}");
    }
}
