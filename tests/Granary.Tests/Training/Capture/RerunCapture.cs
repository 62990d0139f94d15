using Granary.Models.Language;
using Granary.Torch;

namespace Granary.Training.Capture.Tests;

/// <summary>
/// What a device's graph is to a step, on the CPU: recording leaves arbitrary numbers behind, and a replay writes the tensors
/// that the recording left, by doing the same work again on the same inputs, and changes nothing else.
/// </summary>
internal sealed class RerunCapture(LanguageModel model) : IStepCapture
{
    /// <summary>Works that were recorded.</summary>
    internal int Captures { get; private set; }

    /// <summary>Launches of recorded work.</summary>
    internal int Replays { get; private set; }

    /// <summary>What recording ends in; null where it succeeds.</summary>
    internal string? Failure { get; init; }

    public IStepGraph Capture(Func<IReadOnlyList<Tensor>> work)
    {
        if (Failure is not null)
        {
            throw new TorchException(Failure);
        }

        Captures++;
        var outputs = work();
        var gradients = model.parameters().Select(parameter => parameter.grad?.DetachFromDisposeScope()).ToList();
        using var mode = torch.no_grad();
        foreach (var written in outputs.Concat(gradients.OfType<Tensor>()))
        {
            written.mul_(double.NaN);
        }

        return new Graph(this, work, outputs, gradients);
    }

    // The gradients that the parameters have are the same before and after: a graph knows memory only.
    private void Replay(Func<IReadOnlyList<Tensor>> work, IReadOnlyList<Tensor> outputs, List<Tensor?> gradients)
    {
        Replays++;
        using var scope = torch.NewDisposeScope();
        foreach (var parameter in model.parameters().Where(parameter => parameter.HasCompanions && parameter.Companions.ExistingCopy is not null))
        {
            // Recorded work reads the copies as they are.
            Assert.That(parameter.Companions.ExistingCopy!.equal(parameter.detach().to(ScalarType.BFloat16)));
        }

        var held = model.parameters().Select(parameter => parameter.grad).ToList();
        foreach (var parameter in model.parameters())
        {
            parameter.grad = null;
        }

        model.ClearGradients();
        foreach (var (result, output) in work().Zip(outputs))
        {
            output.copy_(result);
            result.Dispose();
        }

        foreach (var (index, parameter) in model.parameters().Index())
        {
            gradients[index]?.copy_(parameter.grad!);
            parameter.grad = held[index];
        }
    }

    private sealed class Graph(RerunCapture owner, Func<IReadOnlyList<Tensor>> work, IReadOnlyList<Tensor> outputs, List<Tensor?> gradients) : IStepGraph
    {
        public IReadOnlyList<Tensor> Outputs => outputs;

        public void Replay() => owner.Replay(work, outputs, gradients);

        public void Dispose()
        {
            foreach (var tensor in outputs.Concat(gradients.OfType<Tensor>()))
            {
                tensor.Dispose();
            }
        }
    }
}
