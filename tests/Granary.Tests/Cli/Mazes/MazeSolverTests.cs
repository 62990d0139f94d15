using Granary.Models.Llama;
using Granary.Models.Past;
using Granary.Pipelines.Mazes;
using Granary.Testing;
using Granary.Training.Objectives;
using Granary.Training.Objectives.Hiding;

namespace Granary.Cli.Mazes.Tests;

public sealed class MazeSolverTests : TensorFixture
{
    private static readonly MazeDataConfig Mazes = new() { Kind = MazeDataConfig.AStar, Size = 5 };

    private static IEnumerable<TestCaseData> Cases => Runs().Select(run => new TestCaseData(run).SetArgDisplayNames(run.Name));

    private static IEnumerable<MazeRunConfig> Runs()
    {
        yield return new MazeRunConfig { Name = "query", Mazes = Mazes, Model = new PastConfig { HiddenSize = 32, NumHiddenLayers = 1, MaxPositionEmbeddings = 128 } };
        yield return new MazeRunConfig { Name = "mask", Mazes = Mazes, Model = new LlamaConfig { HiddenSize = 32, NumHiddenLayers = 1, MaxPositionEmbeddings = 128 }, Objective = new MlmUConfig { Hidden = HiddenForm.MaskToken } };
        yield return new MazeRunConfig { Name = "next", Mazes = Mazes, Model = new LlamaConfig { HiddenSize = 32, NumHiddenLayers = 1, MaxPositionEmbeddings = 128 }, Objective = new NextTokenConfig() };
    }

    [TestCaseSource(nameof(Cases))]
    public void Prompts_of_unequal_length_are_answered_as_each_would_be_alone(MazeRunConfig config)
    {
        var set = MazeTokenSet.Generate(MazeKind.AStar, 5, MazeSplit.Validation, seed: 1, count: 1_000);
        using var model = TrainedMazeModel.Build(config, set.Vocabulary);
        var solver = new MazeSolver(config, set.Vocabulary, model);
        var prompts = Enumerable.Range(0, set.Count).Where(task => task % 40 == 0).Select(set.Prompt).ToList(); // of several layouts

        var together = solver.Solve(prompts, room: 5, CancellationToken.None);

        Assert.That(prompts.Select(prompt => prompt.Length).Distinct().Count(), Is.GreaterThan(1));
        for (var task = 0; task < prompts.Count; task += 6)
        {
            Assert.That(together[task], Is.EqualTo(solver.Solve([prompts[task]], room: 5, CancellationToken.None).Single()));
            Assert.That(together[task].Length, Is.InRange(1, 5));
        }
    }

    [Test]
    public void A_score_counts_as_many_mazes_as_are_asked_for()
    {
        var config = Runs().First();
        var set = MazeTokenSet.Generate(MazeKind.AStar, 5, MazeSplit.Validation, seed: 1, count: 40);
        using var model = TrainedMazeModel.Build(config, set.Vocabulary);

        var score = new MazeSolver(config, set.Vocabulary, model).Score(set, 12, CancellationToken.None);

        Assert.That(score.Count, Is.EqualTo(12));
        Assert.That(MazeReport.Sentence(score, MazeKind.AStar), Does.Contain("of 12 unseen mazes").And.Contain("valid and shortest"));
    }
}
