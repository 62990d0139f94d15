using Granary.Core.Configuration;

namespace Granary.Cli.Mazes;

/// <summary>How a model of mazes is measured: it writes whole paths, which are compared with the solutions.</summary>
public sealed record MazeEvaluationConfig : IConfigSection
{
    /// <summary>Mazes measured while training goes on, of those that are not trained on. Default 200.</summary>
    public int Mazes { get; init; } = 200;

    /// <summary>Mazes measured at the end. Default 0: all of mazes.validation_mazes.</summary>
    public int FinalMazes { get; init; }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Mazes > 0, $"{path}.mazes", Mazes, "1 or more");
        errors.Require(FinalMazes >= 0, $"{path}.final_mazes", FinalMazes, "0 (all of mazes.validation_mazes) or more");
    }
}
