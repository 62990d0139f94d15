namespace Granary.Core.Progress;

/// <summary>How far a long task is.</summary>
/// <param name="Task">What is being done, in a few words: "reading documents".</param>
/// <param name="Done">Units finished.</param>
/// <param name="Total">Units in all; 0 when it is not known.</param>
/// <param name="Unit">What is counted: "bytes", "documents", "tokens", "steps".</param>
public readonly record struct ProgressUpdate(string Task, double Done, double Total, string Unit);
