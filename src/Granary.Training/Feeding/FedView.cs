using Granary.Models.Language;
using Granary.Training.Objectives;

namespace Granary.Training.Feeding;

/// <summary>A view as tensors: all that a pass through the model reads.</summary>
/// <param name="Input">What the model reads.</param>
/// <param name="Targets">What must be said; heads without targets in the whole step are not asked.</param>
internal sealed record FedView(ModelInput Input, IReadOnlyList<FedTarget> Targets)
{
    /// <summary>The positions of all rows.</summary>
    internal int Positions => checked((int)(Input.Rows * Input.Length));

    /// <summary>The targets of a view that are asked in a step.</summary>
    internal static IEnumerable<ObjectiveTarget> Asked(ObjectiveView view, LossLaw law)
    {
        return view.Targets.Where(target => law.Denominators[target.Name] > 0);
    }

    /// <summary>Feeds a view; null where nothing of it is asked.</summary>
    internal static FedView? Of(ObjectiveView view, LossLaw law, ModelSpec spec, ITensorFeed feed)
    {
        var asked = Asked(view, law).ToList();
        if (asked.Count == 0)
        {
            return null;
        }

        var input = view.ToInput(spec, feed);
        return new FedView(input, asked.ConvertAll(target => FedTarget.Of(target, view, law.ScaleOf(target), feed)));
    }
}
