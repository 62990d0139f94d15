using System.Globalization;
using System.Text;
using Granary.Training.Feeding;
using Granary.Training.Objectives;

namespace Granary.Training.Capture;

/// <summary>What two steps must share for the recorded work of one to be that of the other: all but the numbers in their tensors.</summary>
internal static class StepSignature
{
    /// <summary>The signature of a step's views.</summary>
    internal static string Of(IEnumerable<ObjectiveView> views, LossLaw law)
    {
        var signature = new StringBuilder();
        foreach (var view in views)
        {
            var mask = view.Mask;
            signature.Append(
                CultureInfo.InvariantCulture,
                $"{view.Rows}x{view.Length} {mask.Order} {mask.Segments.Length} {mask.Anchors.Length} {mask.RankQ.Length} {mask.RankK.Length} {view.Positions.Length};");
            foreach (var target in FedView.Asked(view, law))
            {
                signature.Append(
                    CultureInfo.InvariantCulture,
                    $"{target.Head} {target.Columns?.Length ?? -1} {target.Labels.Length} {target.Width} {target.Weights?.Length ?? -1} {target.Given.Length};");
            }

            signature.Append('|');
        }

        return signature.ToString();
    }
}
