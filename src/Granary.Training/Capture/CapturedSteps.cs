using Granary.Models.Language;
using Granary.Torch;
using Granary.Training.Feeding;
using Granary.Training.Objectives;

namespace Granary.Training.Capture;

/// <summary>
/// Runs a step's views forward and back, all of them by one launch once a step of the same signature has been recorded. The
/// first step of a signature runs as it is, which warms up what libraries choose and allocate on their first call; the second
/// is recorded.
/// </summary>
/// <remarks>
/// A replay (1) overwrites the inputs that the recorded work reads, losses' scales among them; (2) clears the gradients;
/// (3) launches; (4) makes those gradients the parameters' own that the recorded work writes. Launching thousands of kernels
/// one by one takes a host longer than a small model's kernels take; a replay takes it some tens of microseconds.
/// </remarks>
internal sealed class CapturedSteps : IDisposable
{
    /// <summary>Steps of further signatures run as they are: each graph keeps the memory of its outputs and its launches.</summary>
    internal const int MostGraphs = 32;

    private const int MostSignatures = 4_096; // known but not recorded; a run whose steps are all of different shapes has no use for more

    private readonly LanguageModel _model;
    private readonly IStepCapture _capture;
    private readonly HashSet<string> _seen = [];
    private readonly Dictionary<string, StepGraph> _graphs = [];

    internal CapturedSteps(LanguageModel model, IStepCapture capture)
    {
        _model = model;
        _capture = capture;
    }

    /// <summary>Steps that were recorded.</summary>
    internal int Graphs => _graphs.Count;

    /// <summary>Why nothing is recorded any more; null where recording works.</summary>
    internal string? Failure { get; private set; }

    /// <summary>Makes the gradients those of the views, and adds their losses.</summary>
    internal void Run(IReadOnlyList<ObjectiveView> views, LossLaw law, StepLoss losses)
    {
        if (Find(views, law) is { } graph)
        {
            graph.Run(_model, views, law, losses);
            return;
        }

        StepViews.Run(_model, views, law, losses);
    }

    public void Dispose()
    {
        foreach (var graph in _graphs.Values)
        {
            graph.Dispose();
        }

        _graphs.Clear();
    }

    // The step's graph, recorded here where the signature is known; null where the step is to be run as it is.
    private StepGraph? Find(IReadOnlyList<ObjectiveView> views, LossLaw law)
    {
        if (Failure is not null || _model.Hooks is not null || !views.Any(view => FedView.Asked(view, law).Any()))
        {
            return null;
        }

        var signature = StepSignature.Of(views, law);
        if (_graphs.TryGetValue(signature, out var known))
        {
            return known;
        }

        if (_graphs.Count == MostGraphs || !_seen.Contains(signature))
        {
            _ = _seen.Count < MostSignatures && _seen.Add(signature);
            return null;
        }

        try
        {
            return _graphs[signature] = StepGraph.Capture(_capture, _model, views, law);
        }
        catch (TorchException exception)
        {
            // The device did not take the step's work as a graph; it takes it launch by launch.
            Failure = exception.Message;
            return null;
        }
    }
}
