namespace Granary.Distributed.Sequence.Engine;

/// <summary>Rows of an owner.</summary>
/// <param name="Owner">Whose.</param>
/// <param name="Rows">Which of them.</param>
internal readonly record struct RowSpan(int Owner, RowPart Rows);
