namespace Granary.Data.Batching;

/// <summary>One way to sort cells into classes, and the weight of each class.</summary>
/// <param name="Classes">Each cell's class.</param>
/// <param name="Weights">Each class's weight, in any unit.</param>
internal sealed record Margin(int[] Classes, IReadOnlyList<double> Weights);
