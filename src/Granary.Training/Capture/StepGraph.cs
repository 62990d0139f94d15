using Granary.Models.Language;
using Granary.Torch;
using Granary.Torch.Kernels.Mixed;
using Granary.Training.Feeding;
using Granary.Training.Objectives;

namespace Granary.Training.Capture;

/// <summary>The recorded work of steps of one signature, with the inputs it reads and the gradients it writes.</summary>
internal sealed class StepGraph : IDisposable
{
    private readonly TensorSlots _slots;
    private readonly IStepGraph _graph;
    private readonly IReadOnlyList<int> _parts; // outputs of each target
    private readonly IReadOnlyList<Tensor> _parameters; // looked up once: a model finds them by walking its modules
    private readonly List<(Tensor Parameter, Tensor Gradient)> _gradients;

    private StepGraph(TensorSlots slots, IStepGraph graph, IReadOnlyList<int> parts, IReadOnlyList<Tensor> parameters)
    {
        _slots = slots;
        _graph = graph;
        _parts = parts;
        _parameters = parameters;
        _gradients = GradientsOf(parameters);
    }

    /// <summary>Records the work of a step without running it.</summary>
    internal static StepGraph Capture(IStepCapture capture, LanguageModel model, IReadOnlyList<ObjectiveView> views, LossLaw law)
    {
        var slots = new TensorSlots();
        try
        {
            using var scope = torch.NewDisposeScope();
            var fed = Feed(slots, model, views, law);
            IReadOnlyList<int> parts = [];
            model.ClearGradients();
            MixedValues.Refresh(model.parameters());
            var graph = capture.Capture(() =>
            {
                var losses = fed.SelectMany(view => ViewPass.Run(model, view)).ToList();
                parts = losses.ConvertAll(loss => loss.Parts.Count);
                return [.. losses.SelectMany(loss => loss.Parts)];
            });
            return new StepGraph(slots, graph, parts, [.. model.parameters()]);
        }
        catch
        {
            slots.Dispose();
            throw;
        }
    }

    /// <summary>Makes the gradients those of the views, and adds their losses.</summary>
    internal void Run(LanguageModel model, IReadOnlyList<ObjectiveView> views, LossLaw law, StepLoss losses)
    {
        Feed(_slots, model, views, law);
        model.ClearGradients();

        // The work reads the copies that stood beside the parameters when it was recorded, and does not look how old they are.
        MixedValues.Refresh(_parameters);
        _graph.Replay();
        foreach (var (parameter, gradient) in _gradients)
        {
            parameter.grad = gradient;
        }

        var next = 0;
        var targets = views.SelectMany(view => FedView.Asked(view, law)).Where(target => !FedTarget.IsSilent(target));
        losses.Add(targets.Zip(_parts, (target, parts) => new TargetLoss(target, [.. Enumerable.Range(0, parts).Select(_ => Output(next++))])).ToList());
    }

    public void Dispose()
    {
        foreach (var (_, gradient) in _gradients)
        {
            gradient.Dispose();
        }

        _graph.Dispose();
        _slots.Dispose();
    }

    private static List<FedView> Feed(TensorSlots slots, LanguageModel model, IReadOnlyList<ObjectiveView> views, LossLaw law)
    {
        slots.Rewind();
        return [.. views.Select(view => FedView.Of(view, law, model.Spec, slots)).OfType<FedView>()];
    }

    private static List<(Tensor Parameter, Tensor Gradient)> GradientsOf(IReadOnlyList<Tensor> parameters)
    {
        var gradients = new List<(Tensor Parameter, Tensor Gradient)>();
        foreach (var parameter in parameters)
        {
            if (parameter.grad is { } gradient)
            {
                gradients.Add((parameter, gradient.DetachFromDisposeScope()));
            }
        }

        return gradients;
    }

    private Tensor Output(int index) => _graph.Outputs[index].alias().DetachFromDisposeScope();
}
