namespace Granary.Torch;

public sealed unsafe partial class Tensor
{
    // Of a parameter that is trained in mixed precision or on a GPU: made when first asked for, freed with it.
    private ParameterCompanions? _companions;

    /// <summary>What is kept beside a parameter.</summary>
    internal ParameterCompanions Companions => _companions ??= new ParameterCompanions(this);

    /// <summary>Drops the gradient but keeps its memory: the first who adds to it writes over it.</summary>
    internal void ReleaseGradForReuse()
    {
        if (grad is { } gradient)
        {
            Companions.KeepSpare(gradient);
            grad = null;
        }
    }

    /// <summary>The gradient again that was released, with what was written to its memory since.</summary>
    internal void RestoreGrad()
    {
        if (grad is null && _companions?.Spare is { } spare)
        {
            grad = spare;
        }
    }
}
