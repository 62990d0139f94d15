namespace Granary.Training.Objectives.Hiding;

/// <summary>What is hidden of a row.</summary>
/// <param name="IsHidden">For each position of the row.</param>
/// <param name="Hidden">Hidden positions k.</param>
/// <param name="Maskable">Positions that could be hidden, T.</param>
internal readonly record struct HiddenRow(bool[] IsHidden, int Hidden, int Maskable);
