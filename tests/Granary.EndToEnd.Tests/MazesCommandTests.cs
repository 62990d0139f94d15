using System.Xml.Linq;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>Maze tasks by command: printed, drawn, and a path held against them.</summary>
public sealed class MazesCommandTests
{
    [TestCase("dfs", "<ADJLIST_START> (", " <PATH_END>")]
    [TestCase("astar", "start ", " eos")]
    public void Generate_prints_one_maze_a_line_and_the_same_for_the_same_seed(string kind, string begin, string end)
    {
        using var folder = new TempFolder();

        string[] arguments = ["mazes", "generate", "--kind", kind, "--size", "6", "--seed", "3"];
        var (few, many) = (GranaryProcess.Run(folder.Path, [.. arguments, "--count", "5"]), GranaryProcess.Run(folder.Path, [.. arguments, "--count", "300"]));

        Assert.That(many.ExitCode, Is.Zero, many.ToString());
        Assert.That(many.Lines, Has.Length.EqualTo(300).And.All.StartsWith(begin).And.All.EndsWith(end).And.All.Contains(" <PATH_START> "));
        Assert.That(few.Lines, Is.EqualTo(many.Lines.Take(5)));
    }

    [Test]
    public void Sides_have_other_mazes()
    {
        using var folder = new TempFolder();

        var sides = ((string[])["training", "validation"]).Select(split => GranaryProcess.Run(folder.Path, "mazes", "generate", "--size", "5", "--count", "100", "--split", split).Lines).ToList();

        Assert.That(sides[0].Intersect(sides[1]), Is.Empty);
        Assert.That(sides[1], Has.Length.EqualTo(100));
    }

    [TestCase("dfs")]
    [TestCase("astar")]
    public void Show_draws_the_maze_of_a_seed_or_of_a_file_alike(string kind)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["mazes.txt"], GranaryProcess.Run(folder.Path, "mazes", "generate", "--kind", kind, "--size", "6", "--count", "4").Output);

        var drawn = GranaryProcess.Run(folder.Path, "mazes", "show", "--kind", kind, "--size", "6", "--number", "4", "--svg", "maze.svg");
        var read = GranaryProcess.Run(folder.Path, "mazes", "show", "--kind", kind, "--size", "6", "--number", "4", "--file", "mazes.txt");

        Assert.That(drawn.ExitCode, Is.Zero, drawn.ToString());
        Assert.That(read.Output, Is.EqualTo(drawn.Output), read.ToString());
        Assert.That(drawn.Lines, Has.Length.EqualTo(14));
        Assert.That(drawn.Lines[^1], Does.EndWith(" from S to G"));
        Assert.That(drawn.Output, Does.Not.Contain('\e'), "no colours in a file");
        Assert.That(XDocument.Load(folder["maze.svg"]).Root!.Name.LocalName, Is.EqualTo("svg"));
    }

    [TestCase("(0,0) (0,1) (0,2) <PATH_END>", "the reference, token for token; 3 of 3 cells right", Description = "the solution")]
    [TestCase("(0,0) (1,0) (1,1)", "not valid; 1 of 3 cells right, 1 of 4 tokens the reference's; goes through a wall at token 2", Description = "a wall")]
    [TestCase("house", "is no path at token 1", Description = "nonsense")]
    public void Show_says_where_a_path_goes_wrong(string path, string expected)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["maze.txt"], "<ADJLIST_START> (0,0) (0,1) ; (0,2) (0,1) ; <ADJLIST_END> <ORIGIN_START> (0,0) <ORIGIN_END> <TARGET_START> (0,2) <TARGET_END> <PATH_START>\n");

        var result = GranaryProcess.Run(folder.Path, "mazes", "show", "--size", "3", "--file", "maze.txt", "--path", path);

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Lines[^1], Does.Contain(expected));
    }

    [TestCase("mazes generate --kind prim", 2, "prim", Description = "an unknown kind")]
    [TestCase("mazes generate --kind dfs --size 2", 2, "'--size' is '2' but must be 3 to 255 for dfs mazes.", Description = "too small")]
    [TestCase("mazes generate --kind astar --size 3", 2, "'--size' is '3' but must be 4 to 255 for astar mazes.", Description = "too small for walls")]
    [TestCase("mazes generate --count 0", 2, "'--count' is '0'", Description = "no mazes")]
    [TestCase("mazes show --number 0", 2, "'--number' is '0'", Description = "mazes count from 1")]
    [TestCase("mazes show --file absent.txt", 1, "absent.txt", Description = "no such file")]
    [TestCase("mazes show --file short.txt --number 3", 1, "short.txt, line 3: The file has no such line.", Description = "no such line")]
    [TestCase("mazes show --file short.txt --kind astar", 1, "short.txt, line 1: Token 1 is '[UNK]' but must be 'start'", Description = "another kind")]
    public void Wrong_usage_is_one_message(string arguments, int code, string expected)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["short.txt"], "<ADJLIST_START> <PATH_START>\n");

        var result = GranaryProcess.Run(folder.Path, arguments.Split(' '));

        Assert.That(result.ExitCode, Is.EqualTo(code), result.ToString());
        Assert.That(result.Error, Does.Contain(expected));
        Assert.That(result.Error, Does.Not.Contain("   at "));
    }
}
