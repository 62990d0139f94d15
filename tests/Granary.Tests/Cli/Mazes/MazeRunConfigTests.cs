using Granary.Core.Configuration;
using Granary.Models.Generation.Masked;
using Granary.Models.Llama;
using Granary.Models.Past;
using Granary.Pipelines.Mazes;
using Granary.Training;
using Granary.Training.Objectives;
using Granary.Training.Objectives.Hiding;
using Granary.Training.Objectives.Rewriting;

namespace Granary.Cli.Mazes.Tests;

public sealed class MazeRunConfigTests
{
    private static readonly MazeRunConfig Config = new()
    {
        Name = "m",
        Mazes = new MazeDataConfig { Size = 4 },
        Model = new PastConfig { MaxPositionEmbeddings = 72 },
        Training = new TrainingConfig { Steps = 10 },
    };

    [Test]
    public void A_run_that_fits_has_no_faults()
    {
        Assert.That(Faults(Config), Is.Empty);
    }

    [TestCase("dfs", 4)]
    [TestCase("dfs", 7)]
    [TestCase("astar", 6)]
    [TestCase("astar", 11)]
    public void No_maze_is_longer_than_the_longest_row(string kind, int size)
    {
        var config = Config with { Mazes = new MazeDataConfig { Kind = kind, Size = size } };

        var set = MazeTokenSet.Generate(config.Mazes.ToKind(), size, MazeSplit.Training, seed: 1, count: 2_000);

        Assert.That(set.Longest, Is.LessThanOrEqualTo(config.LongestRow));
    }

    [Test]
    public void Each_fault_says_what_to_do()
    {
        Assert.That(Faults(Config with { Model = new PastConfig { MaxPositionEmbeddings = 70 } }), Does.Contain("71 or more"));
        Assert.That(Faults(Config with { Training = new TrainingConfig() }), Does.Contain("training.steps"));
        Assert.That(Faults(Config with { Training = new TrainingConfig { Steps = 1, TimeBudget = TimeSpan.FromSeconds(1) } }), Does.Contain("training.time_budget"));
        Assert.That(Faults(Config with { Objective = new NextTokenConfig() }), Does.Contain("mlm-u"));
        Assert.That(Faults(Config with { Model = new LlamaConfig() }), Does.Contain("no query for a hidden position"));
        Assert.That(Faults(Config with { Model = new LlamaConfig(), Objective = new MeapConfig() }), Does.Contain("writes no tokens of its own"));
    }

    [Test]
    public void The_model_is_asked_as_its_objective_trains_it()
    {
        Assert.That(Config.Ask, Is.EqualTo(PositionAsk.Query));
        Assert.That((Config with { Objective = new MlmUConfig { Hidden = HiddenForm.MaskToken } }).Ask, Is.EqualTo(PositionAsk.MaskToken));
        Assert.That((Config with { Objective = new MultiTokenConfig() }).Ask, Is.EqualTo(PositionAsk.Before));
    }

    private static string Faults(MazeRunConfig config)
    {
        var errors = new ConfigurationErrors();
        config.Validate(string.Empty, errors);
        try
        {
            errors.ThrowIfAny("run.yaml");
            return string.Empty;
        }
        catch (ConfigurationException exception)
        {
            return exception.Message;
        }
    }
}
