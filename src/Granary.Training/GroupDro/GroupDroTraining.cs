using Granary.Training.Objectives;

namespace Granary.Training.GroupDro;

/// <summary>Trains a proxy whose mixture follows its excess loss over a reference model (DoReMi, arXiv 2305.10429).</summary>
public static class GroupDroTraining
{
    /// <summary>Trains to the end, or until it is interrupted.</summary>
    /// <exception cref="ArgumentException">The parts do not fit together.</exception>
    /// <exception cref="TrainingException">Too many losses or gradients were not finite.</exception>
    public static GroupDroOutcome Run(GroupDroConfig config, GroupDroParts parts, CancellationToken cancellationToken)
    {
        Check(parts);
        var state = parts.ResumeFrom is null ? new GroupDroState(parts.SamplingWeights.Count) : GroupDroState.FromFacts(parts.ResumeFrom);
        var trainerState = parts.ResumeFrom is null ? parts.Start : TrainerState.FromFacts(parts.ResumeFrom);
        var trainer = parts.Trainer with { Weighting = new GroupDroWeighting(config, parts, state) };
        var outcome = new Trainer(parts.Training, trainer, trainerState, parts.TotalSteps).Run(cancellationToken);
        return new GroupDroOutcome(state.Average(), outcome);
    }

    private static void Check(GroupDroParts parts)
    {
        var trainer = parts.Trainer;
        if (trainer.Parallel is not null || trainer.Sequence is not null)
        {
            throw new ArgumentException("Group DRO trains on a single rank, but its parts are one of several; leave parallel and sequence out.", nameof(parts));
        }

        if (trainer.Objective.Name != NextTokenConfig.Name)
        {
            throw new ArgumentException($"Group DRO compares the losses of single tokens, but the objective is '{trainer.Objective.Name}'; it must be '{NextTokenConfig.Name}'.", nameof(parts));
        }

        if (parts.Reference.Spec.VocabSize != trainer.Model.Spec.VocabSize)
        {
            throw new ArgumentException($"The reference has a vocabulary of '{parts.Reference.Spec.VocabSize}', but the proxy's is {trainer.Model.Spec.VocabSize}; train both with one tokenizer.", nameof(parts));
        }
    }
}
