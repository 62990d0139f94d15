using Granary.Torch;

namespace Granary.Training.Optimizers;

/// <summary>Changes parameters by their gradients.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>The state to save, by name: what a resumed run needs to go on bit for bit.</summary>
    IReadOnlyList<(string Name, Tensor Tensor)> State { get; }

    /// <summary>The square root of the sum of squares of all gradients, before any scaling; not finite when one is not.</summary>
    double GradientNorm();

    /// <summary>
    /// Takes one update; every gradient is multiplied by <paramref name="gradientScale"/> first. A tensor without a gradient stays as it
    /// is, with its state: several calls with one number, each with gradients of other tensors, are one update of all.
    /// </summary>
    /// <param name="update">The update's number, counted from 1.</param>
    /// <param name="learningRate">The rate of this update.</param>
    /// <param name="gradientScale">1, or less when the norm is clipped.</param>
    void Step(long update, double learningRate, double gradientScale);
}
