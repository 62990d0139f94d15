using Granary.Core.Configuration;

namespace Granary.Pipelines.Mazes.Tests;

public sealed class MazeDataConfigTests
{
    [Test]
    public void Every_key_is_read()
    {
        var config = ConfigurationFile.Parse<MazeDataConfig>("kind: astar\nsize: 20\ntraining_mazes: 5\nvalidation_mazes: 6\nrows_per_step: 7\ntargets: all\n", "mazes.yaml");

        Assert.That(config, Is.EqualTo(new MazeDataConfig { Kind = "astar", Size = 20, TrainingMazes = 5, ValidationMazes = 6, RowsPerStep = 7, Targets = "all" }));
        Assert.That((config.ToKind(), config.ToTargets()), Is.EqualTo((MazeKind.AStar, MazeTargets.All)));
    }

    [Test]
    public void Validation_reports_every_fault()
    {
        var errors = new ConfigurationErrors();

        new MazeDataConfig { Kind = "prim", Size = 2, TrainingMazes = 0, ValidationMazes = -1, RowsPerStep = 0, Targets = "none" }.Validate("mazes", errors);

        Assert.That(errors.Errors, Has.Count.EqualTo(6));
        Assert.That(errors.Errors, Does.Contain("'mazes.size' is '2' but must be 3 to 255 for dfs mazes."));
    }
}
