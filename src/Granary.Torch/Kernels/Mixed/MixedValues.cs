namespace Granary.Torch.Kernels.Mixed;

/// <summary>
/// Parameters in the type that is computed in. They are float32 themselves; in bfloat16 a copy is kept beside each, which
/// the optimizer writes together with the parameter.
/// </summary>
public static class MixedValues
{
    /// <summary>The values, differentiable: their gradient adds up in the parameter's own.</summary>
    public static Tensor Read(Tensor parameter, ScalarType type) => new Function(parameter, type).apply(parameter)[0];

    /// <summary>Brings the copies of parameters up to date that changed since, before work that was recorded reads them.</summary>
    public static void Refresh(IEnumerable<Tensor> parameters)
    {
        foreach (var parameter in parameters)
        {
            parameter.RefreshCopy();
        }
    }

    /// <summary>Says that a parameter's memory was written through another tensor over it: its copy is made anew before it is next read.</summary>
    public static void MarkWritten(Tensor parameter) => parameter.CompanionsIfAny?.MarkStale();

    /// <summary>Gives up a parameter's copy, for as long as nobody reads it.</summary>
    public static void DropCopy(Tensor parameter) => parameter.CompanionsIfAny?.DropCopy();

    /// <summary>Gives up all that is kept beside a parameter.</summary>
    public static void DropAll(Tensor parameter)
    {
        parameter.CompanionsIfAny?.DropCopy();
        parameter.CompanionsIfAny?.DropSpare();
    }

    /// <summary>
    /// Drops a parameter's gradient but keeps its memory, which the first of the next step writes over; false where gradients are
    /// not summed where they lie.
    /// </summary>
    public static bool ReleaseGradient(Tensor parameter)
    {
        if (!parameter.HasCompanions)
        {
            return false;
        }

        parameter.ReleaseGradForReuse();
        return true;
    }

    /// <summary>Makes the memory that was kept the gradient again, with what recorded work has written there since.</summary>
    public static void RestoreGradient(Tensor parameter) => parameter.RestoreGrad();

    /// <summary>The values without history; kept beside the parameter, or the parameter's own memory.</summary>
    internal static Tensor Of(Tensor parameter, ScalarType type)
    {
        if (type == parameter.dtype)
        {
            return parameter.detach();
        }

        return parameter.is_leaf && type == ScalarType.BFloat16 ? parameter.Companions.Copy().detach() : parameter.detach().to(type);
    }

    private sealed class Function(Tensor parameter, ScalarType type) : AutogradFunction
    {
        protected override Tensor[] forward(Tensor[] inputs) => [Of(parameter, type)];

        protected override Tensor?[] backward(Tensor?[] gradients) => [GradientSink.Add(parameter, gradients[0]!)];
    }
}
