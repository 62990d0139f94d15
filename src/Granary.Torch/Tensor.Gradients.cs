namespace Granary.Torch;

public sealed unsafe partial class Tensor
{
    // Of a parameter that is trained in mixed precision or on a GPU: made when first asked for, freed with it.
    private ParameterCompanions? _companions;

    /// <summary>What is kept beside a parameter.</summary>
    internal ParameterCompanions Companions => _companions ??= new ParameterCompanions(this);

    /// <summary>Whether anything is kept beside it.</summary>
    internal bool HasCompanions => _companions is not null;

    /// <summary>Brings the copy that products are computed from up to date, where there is one.</summary>
    internal void RefreshCopy() => _companions?.Refresh();

    /// <summary>What is kept beside it if anything is; null where there is none.</summary>
    internal ParameterCompanions? CompanionsIfAny => _companions;

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
