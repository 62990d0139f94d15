namespace Granary.Pipelines.Climb.Clustering;

/// <summary>How well a quality classifier tells labelled texts apart that it was not trained on.</summary>
/// <param name="Name">The score it gives.</param>
/// <param name="Texts">Texts it was trained on.</param>
/// <param name="HeldOut">Texts that were kept back, a tenth.</param>
/// <param name="AreaUnderCurve">How often a text with the label scores above one without it, of those kept back; NaN where one kind is missing.</param>
public sealed record ClassifierFit(string Name, int Texts, int HeldOut, double AreaUnderCurve);
