using Granary.Core.Randomness;

namespace Granary.Pipelines.Mazes.Tests;

public sealed class PathJudgeTests
{
    // 0 - 1   2      from 0 to 2: 0 3 4 5 2
    // |       |
    // 3 - 4 - 5
    // |
    // 6 - 7 - 8
    private static readonly Maze Tree = Maze.FromPassages(3, [(0, 1), (0, 3), (2, 5), (3, 4), (4, 5), (3, 6), (6, 7), (7, 8)], 0, 2);

    // 0 1 2 3     from 0 to 10, around the wall at 5: the search goes 0 1 2 6 10
    // 4 # 6 7
    // 8 9 10 11
    private static readonly Maze Ring = Maze.FromWalls(4, [5, 12, 13, 14, 15], 0, 10);

    [TestCase("(0,0) (1,0) (1,1) (1,2) (0,2) <PATH_END>", PathFault.None, -1, 5, "exact valid shortest", Description = "the path")]
    [TestCase("(0,0) (1,0) (1,1) (1,2) (0,2) <PATH_END> (2,2) [PAD]", PathFault.None, -1, 5, "exact valid shortest", Description = "what stands behind the end is not looked at")]
    [TestCase("(0,0) (0,1) (0,0) (1,0) (1,1) (1,2) (0,2) <PATH_END>", PathFault.Detour, 1, 1, "valid", Description = "there and back")]
    [TestCase("(0,0) (1,0) (1,1) (1,2) (0,2) (1,2) (0,2) <PATH_END>", PathFault.Detour, 5, 5, "valid", Description = "beyond the goal and back")]
    [TestCase("(0,0) (0,1) (0,2) <PATH_END>", PathFault.Detour, 1, 1, "", Description = "into a dead end and through a wall")]
    [TestCase("(0,0) (1,0) (1,1) (0,1) (0,2) <PATH_END>", PathFault.ThroughWall, 3, 3, "", Description = "through a wall")]
    [TestCase("(0,0) (1,0) (1,2) (0,2) <PATH_END>", PathFault.Jump, 2, 2, "", Description = "over a cell")]
    [TestCase("(0,0) (0,0) (1,0) (1,1) (1,2) (0,2) <PATH_END>", PathFault.Jump, 1, 1, "", Description = "a cell twice")]
    [TestCase("(1,0) (1,1) (1,2) (0,2) <PATH_END>", PathFault.WrongStart, 0, 0, "", Description = "begins in another cell")]
    [TestCase("(0,0) (1,0) (1,1) <PATH_END>", PathFault.EndsEarly, 3, 3, "", Description = "ends before the goal")]
    [TestCase("<PATH_END>", PathFault.EndsEarly, 0, 0, "", Description = "nothing but the end")]
    [TestCase("(0,0) (1,0) (1,1) (1,2) (0,2)", PathFault.CutOff, 5, 5, "", Description = "in the goal, but not ended")]
    [TestCase("", PathFault.CutOff, 0, 0, "", Description = "nothing")]
    [TestCase("(0,0) (1,0) ; (1,1) (1,2) (0,2) <PATH_END>", PathFault.NotAPath, 2, 2, "", Description = "a token that is no cell")]
    [TestCase("(0,0) (1,0) (7,7) (1,1)", PathFault.NotAPath, 2, 2, "", Description = "a cell of a larger maze")]
    [TestCase("(0,0) (0,1) ;", PathFault.Detour, 1, 1, "", Description = "wrong before it is nonsense")]
    public void A_path_through_a_tree_is_judged(string answer, PathFault fault, int faultAt, int rightCells, string worth)
    {
        Expect(Tree, answer, fault, faultAt, rightCells, worth);
    }

    [TestCase("bos plan 0 0 plan 1 0 plan 2 0 plan 2 1 plan 2 2 eos", PathFault.None, -1, 5, "exact valid shortest", Description = "the reference")]
    [TestCase("bos plan 0 0 plan 0 1 plan 0 2 plan 1 2 plan 2 2 eos", PathFault.None, -1, 5, "valid shortest", Description = "another one as short")]
    [TestCase("bos plan 0 0 plan 1 0 plan 2 0 plan 3 0 plan 3 1 plan 2 1 plan 2 2 eos", PathFault.Detour, 10, 3, "valid", Description = "valid, but longer")]
    [TestCase("bos plan 0 0 plan 1 0 plan 1 1 plan 1 2 plan 2 2 eos", PathFault.ThroughWall, 7, 2, "", Description = "onto a wall")]
    [TestCase("plan 0 0 plan 1 0 eos", PathFault.NotAPath, 0, 0, "", Description = "no beginning")]
    [TestCase("bos plan 0 0 plan 1 eos", PathFault.NotAPath, 6, 1, "", Description = "half a cell, then the end")]
    [TestCase("bos plan 0 0 plan 1", PathFault.CutOff, 6, 1, "", Description = "cut off within a cell")]
    [TestCase("bos 0 0", PathFault.NotAPath, 1, 0, "", Description = "no plan before the cell")]
    [TestCase("bos eos", PathFault.EndsEarly, 1, 0, "", Description = "an empty plan")]
    public void A_plan_between_walls_is_judged(string answer, PathFault fault, int faultAt, int rightCells, string worth)
    {
        Expect(Ring, answer, fault, faultAt, rightCells, worth);
    }

    [Test]
    public void Tokens_are_counted_at_their_places()
    {
        var vocabulary = new MazeVocabulary(MazeKind.Dfs, 3);

        var verdict = new PathJudge(vocabulary).Judge(Tree, vocabulary.Encode("(0,0) (0,1) (1,1) (1,2) <PATH_END>"));

        Assert.That((verdict.RightTokens, verdict.ReferenceTokens), Is.EqualTo((3, 6)));
        Assert.That(verdict.TokenAccuracy, Is.EqualTo(0.5));
    }

    [TestCase(MazeKind.Dfs)]
    [TestCase(MazeKind.AStar)]
    public void Whatever_a_model_writes_gets_a_verdict(MazeKind kind)
    {
        var vocabulary = new MazeVocabulary(kind, 5);
        var judge = new PathJudge(vocabulary);
        var draws = new RandomDraws(RandomKey.FromSeed(1));
        foreach (var task in MazeStream.Read(kind, 5, MazeSplit.Training, seed: 1).Take(2_000))
        {
            int[] start = kind == MazeKind.Dfs ? [] : [vocabulary.IdOf("bos")];
            var noise = Enumerable.Range(0, draws.Below(12)).Select(_ => draws.Below(vocabulary.PaddedCount + 2) - 1);

            var verdict = judge.Judge(task.Maze, [.. start, .. noise]);
            var own = judge.Judge(task.Maze, MazeTokenWriter.WritePath(vocabulary, task.Path));

            Assert.That(verdict.RightCells, Is.LessThanOrEqualTo(verdict.Cells.Count));
            Assert.That(verdict.IsShortest ? verdict.IsValid : !verdict.IsExact, Is.True);
            Assert.That((own.IsExact, own.IsValid, own.Fault, own.TokenAccuracy), Is.EqualTo((true, true, PathFault.None, 1.0)));
        }
    }

    [Test]
    public void A_maze_without_a_way_has_no_valid_path()
    {
        var maze = Maze.FromWalls(4, [1, 4, 5], 0, 10);
        var vocabulary = new MazeVocabulary(MazeKind.AStar, 4);

        var verdict = new PathJudge(vocabulary).Judge(maze, vocabulary.Encode("bos plan 0 0 eos"));

        Assert.That((verdict.IsValid, verdict.Fault), Is.EqualTo((false, PathFault.EndsEarly)));
    }

    [Test]
    public void A_score_adds_verdicts_up()
    {
        var vocabulary = new MazeVocabulary(MazeKind.AStar, 4);
        var (judge, score) = (new PathJudge(vocabulary), new MazeScore());

        score.Add(judge.Judge(Ring, vocabulary.Encode("bos plan 0 0 plan 1 0 plan 2 0 plan 2 1 plan 2 2 eos")));
        score.Add(judge.Judge(Ring, vocabulary.Encode("bos plan 0 0 plan 0 1 plan 0 2 plan 1 2 plan 2 2 eos")));
        score.Add(judge.Judge(Ring, vocabulary.Encode("bos plan 0 0")));

        Assert.That((score.Count, score.Exact, score.Valid, score.Shortest), Is.EqualTo((3, 1, 2, 2)));
        Assert.That(score.Faults, Is.EquivalentTo(new Dictionary<PathFault, int> { [PathFault.None] = 2, [PathFault.CutOff] = 1 }));
        Assert.That(score.TokenAccuracy, Is.EqualTo((17 + 11 + 4) / 51.0).Within(1e-12));
    }

    private static void Expect(Maze maze, string answer, PathFault fault, int faultAt, int rightCells, string worth)
    {
        var vocabulary = new MazeVocabulary(maze.Kind, maze.Size);

        var verdict = new PathJudge(vocabulary).Judge(maze, vocabulary.Encode(answer));

        var words = new[] { (verdict.IsExact, "exact"), (verdict.IsValid, "valid"), (verdict.IsShortest, "shortest") }.Where(word => word.Item1).Select(word => word.Item2);
        Assert.Multiple(() =>
        {
            Assert.That((verdict.Fault, verdict.FaultAt, verdict.RightCells), Is.EqualTo((fault, faultAt, rightCells)));
            Assert.That(string.Join(' ', words), Is.EqualTo(worth));
        });
    }
}
