namespace Granary.Torch.Kernels;

/// <summary>A loss, and what is still to be taken back of it.</summary>
public sealed class PendingLoss
{
    private readonly Tensor? _root;
    private readonly Tensor? _gradient;

    /// <summary>Creates a loss without history, whose way back goes on from a root with its gradient; null where it is over.</summary>
    public PendingLoss(Tensor loss, Tensor? root, Tensor? gradient)
    {
        Loss = loss;
        _root = root;
        _gradient = gradient;
    }

    /// <summary>The loss, without history.</summary>
    public Tensor Loss { get; }

    /// <summary>A loss of which nothing was taken back yet.</summary>
    public static PendingLoss Of(Tensor loss) => new(loss.detach(), loss, gradient: null);

    /// <summary>Adds the gradients that are still to come, once.</summary>
    public void Backward() => _root?.backward(_gradient);
}
