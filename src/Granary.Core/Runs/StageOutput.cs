namespace Granary.Core.Runs;

/// <summary>What a stage has made.</summary>
/// <param name="Hash">The hash of its content, by which the next stage knows whether it must run.</param>
/// <param name="Files">The files, as paths below the stage's folder.</param>
public sealed record StageOutput(string Hash, IReadOnlyList<string> Files);
