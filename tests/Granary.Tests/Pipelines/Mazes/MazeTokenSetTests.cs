namespace Granary.Pipelines.Mazes.Tests;

public sealed class MazeTokenSetTests
{
    [TestCase(MazeKind.Dfs)]
    [TestCase(MazeKind.AStar)]
    public void A_set_holds_the_first_tasks_of_the_stream(MazeKind kind)
    {
        var tasks = MazeStream.Read(kind, 6, MazeSplit.Validation, seed: 3).Take(150).ToList();

        var set = MazeTokenSet.Generate(kind, 6, MazeSplit.Validation, seed: 3, count: 150);

        var rows = Enumerable.Range(0, set.Count).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(rows.Select(set.Maze), Is.EqualTo(tasks.Select(task => task.Maze)));
            Assert.That(rows.Select(row => MazeTokenReader.ReadPath(set.Vocabulary, set.Answer(row)).Cells), Is.EqualTo(tasks.Select(task => task.Path)));
            Assert.That(rows.Select(row => (int[])[.. set.Prompt(row), .. set.Answer(row)]), Is.EqualTo(tasks.Select(task => MazeTokenWriter.Write(set.Vocabulary, task))));
            Assert.That((set.Longest, set.Tokens), Is.EqualTo((rows.Max(row => set.Row(row).Length), rows.Sum(row => (long)set.Row(row).Length))));
        });
    }
}
