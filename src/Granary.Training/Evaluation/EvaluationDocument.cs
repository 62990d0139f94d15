namespace Granary.Training.Evaluation;

/// <summary>A text to predict.</summary>
/// <param name="Ids">Its token ids.</param>
/// <param name="Bytes">Length of the text in UTF-8.</param>
public readonly record struct EvaluationDocument(ReadOnlyMemory<int> Ids, long Bytes);
