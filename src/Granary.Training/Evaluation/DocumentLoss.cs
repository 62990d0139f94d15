namespace Granary.Training.Evaluation;

/// <summary>How well a model predicts one text.</summary>
/// <param name="Tokens">Tokens predicted: all but the first.</param>
/// <param name="Nats">The sum of their losses.</param>
/// <param name="Bytes">Length of the text in UTF-8.</param>
public readonly record struct DocumentLoss(long Tokens, double Nats, long Bytes);
