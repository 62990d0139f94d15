namespace Granary.Cli.Benchmarks;

/// <summary>How much is timed.</summary>
/// <param name="Length">Tokens of the longest row, a power of two.</param>
/// <param name="MinExponent">The shortest piece of dataset decomposition has 2 to this power tokens.</param>
/// <param name="TokensPerStep">Tokens of a step, a multiple of the length.</param>
/// <param name="Tokens">Tokens of the documents.</param>
/// <param name="Rounds">How often all types take their turn.</param>
/// <param name="Steps">Steps of a type in each round.</param>
/// <param name="LengthSteps">Steps of plain rows of each length in each round.</param>
internal sealed record BatchingBenchmarkConfig(int Length, int MinExponent, int TokensPerStep, long Tokens, int Rounds, int Steps, int LengthSteps);
