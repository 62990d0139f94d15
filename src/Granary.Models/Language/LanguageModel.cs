using Granary.Distributed.Units;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Kernels;
using Granary.Torch.Kernels.Mixed;
using Granary.Torch.Modules;

namespace Granary.Models.Language;

/// <summary>
/// A model of token sequences: a trunk that reads, heads that read the trunk, one unembedding. Single-device code. Shape
/// letters: B rows, T positions, N = B * T, M rows of a head, C width, V vocabulary.
/// </summary>
public abstract class LanguageModel : Module
{
    /// <summary>The model's shape.</summary>
    public abstract ModelSpec Spec { get; }

    /// <summary>Who stands at the borders of the model's blocks; null for nobody.</summary>
    public IBlockHooks? Hooks { get; set; }

    /// <summary>What the blocks keep for backward. Default none: all of it. Changes no number, only memory and time.</summary>
    /// <exception cref="ArgumentException">It is to be chosen still.</exception>
    public ActivationCheckpointing Checkpointing
    {
        get;
        set => field = value == ActivationCheckpointing.Auto
            ? throw new ArgumentException($"The blocks were told to keep '{value}' for backward, but a model takes what was chosen: none, selective or full.", nameof(value))
            : value;
    }

    /// <summary>What of the model is gathered and reduced as one each over several ranks.</summary>
    public abstract ModelUnits Units { get; }

    /// <summary>Reads an input once for all heads.</summary>
    public abstract TrunkStates Trunk(ModelInput input);

    /// <summary>Asks a head. Heads of a chain are asked in the order of their distances, each with the states the one before it handed on.</summary>
    /// <param name="states">What the trunk made, or the last head of the chain.</param>
    /// <param name="call">Which head, and what it is told.</param>
    /// <param name="cuts">Where a chain cuts its graph, which keeps the states handed on; it outlives them.</param>
    /// <exception cref="ArgumentException">The model has no such head.</exception>
    public abstract HeadOutput Read(TrunkStates states, HeadCall call, GradientCuts cuts);

    /// <summary>Rows [M, C] of a head to logits [M, V].</summary>
    public abstract Tensor Logits(Tensor rows_MC);

    /// <summary>The summed loss of targets [M] in nats, as <see cref="Layers.ILayerKernels.CrossEntropySum"/> defines it.</summary>
    public abstract Tensor LossSum(Tensor rows_MC, Tensor targets_M, Tensor? weights_M = null);

    /// <summary>The same times a scale, for a caller that takes it back at once, as <see cref="ILayerKernels.BeginHeadLoss"/> does it.</summary>
    public abstract PendingLoss BeginLoss(Tensor rows_MC, Tensor targets_M, Tensor? weights_M, Tensor scale);

    /// <summary>Makes the gradients those of no loss, before a step.</summary>
    public abstract void ClearGradients();

    /// <summary>The matrices between hidden states by the names of their parameters, with the rows of each map that lies in one; embeddings and the unembedding are none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>> HiddenMatrices()
    {
        return named_modules().Where(entry => entry.module is Projection).ToDictionary(entry => $"{entry.name}.weight", entry => ((Projection)entry.module).Parts);
    }

    /// <summary>The main head's rows [N, C] of an input; the mask is causal where none is given.</summary>
    public Tensor Hidden(Tensor ids_BT, AttentionMask? mask = null, Tensor? positions_BT = null)
    {
        return Hidden(new ModelInput(ids_BT, mask ?? AttentionMask.Causal(), positions_BT));
    }

    /// <summary>The main head's rows [N, C] of an input.</summary>
    public Tensor Hidden(ModelInput input)
    {
        using var cuts = new GradientCuts();
        return Read(Trunk(input), new HeadCall(HeadCall.Main), cuts).Rows_MC;
    }

    /// <summary>Runs a block between the hooks, and keeps what is to be kept of it.</summary>
    private protected Tensor Bordered(Module block, BlockInput input, Func<BlockInput, Tensor> run)
    {
        // The parameters are there for both runs: backward passes the border behind the block before it runs the block again.
        var entered = Hooks is null ? input : input with { X_NC = Hooks.Enter(block, input.X_NC) };
        var left_NC = Checkpointing == ActivationCheckpointing.None ? run(entered) : RunAgain(entered, read => [run(read)])[0];
        return Hooks is null ? left_NC : Hooks.Leave(block, left_NC);
    }

    /// <summary>Runs a block, and keeps of it only what goes in, or that and what attention gave.</summary>
    private protected Tensor[] RunAgain(BlockInput input, Func<BlockInput, Tensor[]> run)
    {
        return Recomputation.Run(
            tensors => run(input.Over(tensors)), input.Tensors, keepsAttention: Checkpointing == ActivationCheckpointing.Selective, readsSum: input.Delta_NC is not null);
    }

    /// <summary>Compares a sequence with the longest the model takes.</summary>
    private protected void CheckLength(long length)
    {
        if (length > Spec.MaxPositionEmbeddings)
        {
            throw new ArgumentException(
                $"A sequence has '{length}' tokens, but the model takes at most max_position_embeddings ({Spec.MaxPositionEmbeddings}); give it less or train with a larger value.");
        }
    }

    /// <summary>
    /// Makes all gradients null, but zeros for a table that the embedding and the unembedding share: both add to that one, and
    /// where it exists neither makes a second tensor of the table's size. Gradients that are summed where they lie keep their memory.
    /// </summary>
    private protected void ClearGradients(Tensor? shared)
    {
        using var scope = torch.NewDisposeScope();
        foreach (var parameter in parameters())
        {
            if (MixedValues.ReleaseGradient(parameter))
            {
                continue;
            }

            if (!ReferenceEquals(parameter, shared))
            {
                parameter.grad = null;
            }
            else if (parameter.grad is { } gradient)
            {
                gradient.zero_();
            }
            else
            {
                parameter.grad = torch.zeros_like(parameter);
            }
        }
    }
}
