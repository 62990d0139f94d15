using Granary.Core;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class PathPatternTests
{
    private static readonly string[] Files = ["a.txt", "b.TXT", "c.md", "x/a.txt", "x/y/a.txt", "x/y/z/b.txt", "x/.hidden/a.txt", ".a.txt", "w/a.txt.tmp-1-2", "odd/a*b.txt", "odd/new\nline.txt"];

    [TestCase("*.txt", "a.txt", Description = "a star stays in its folder and in its case")]
    [TestCase("**/*.txt", "a.txt odd/a*b.txt odd/new\nline.txt x/a.txt x/y/a.txt x/y/z/b.txt", Description = "any folders, none included")]
    [TestCase("x/**", "x/a.txt x/y/a.txt x/y/z/b.txt", Description = "everything below, but nothing hidden")]
    [TestCase("x/*/a.txt", "x/y/a.txt", Description = "a star for a folder")]
    [TestCase("x/**/y/**/*.txt", "x/y/a.txt x/y/z/b.txt", Description = "any folders twice")]
    [TestCase("?.{txt,md}", "a.txt c.md", Description = "one letter, either ending")]
    [TestCase("{x,x/{y,y/z}}/*.txt", "x/a.txt x/y/a.txt x/y/z/b.txt", Description = "choices within choices")]
    [TestCase(".a.txt", ".a.txt", Description = "a hidden file by its name")]
    [TestCase("x/.hidden/*.txt", "x/.hidden/a.txt", Description = "a hidden folder by its name")]
    [TestCase("w/**", "", Description = "a file that is not yet published")]
    [TestCase("odd/a*b.txt", "odd/a*b.txt", Description = "a star in a name")]
    [TestCase("x/../a.txt", "a.txt", Description = "a way up")]
    [TestCase("none/**/*.txt", "", Description = "no such folder")]
    [TestCase("a.txt/*", "", Description = "a file for a folder")]
    public void Pattern_finds_files_in_ordinal_order(string pattern, string expected)
    {
        using var folder = NewFolder();

        var found = PathPattern.Find(Path.Combine(folder.Path, pattern)).Select(path => Path.GetRelativePath(folder.Path, path));

        Assert.That(string.Join(' ', found), Is.EqualTo(expected));
    }

    [Test]
    public void A_folder_for_a_file_is_refused_with_what_to_write()
    {
        using var folder = NewFolder();

        Assert.That(Assert.Throws<CorpusException>(() => PathPattern.Find(folder["x"])).Message, Does.Contain("Write '/**' behind it"));
    }

    [Test]
    public void Links_that_lead_back_do_not_trap_the_search()
    {
        using var folder = NewFolder();
        Directory.CreateSymbolicLink(folder["x", "loop"], folder.Path);

        Assert.That(PathPattern.Find(folder["x", "**", "a.txt"]), Has.Count.EqualTo(2));
    }

    [Test]
    public void The_deepest_folder_that_exists_is_known_for_messages()
    {
        using var folder = NewFolder();

        Assert.That(PathPattern.DeepestFolder(folder["x", "q", "*.txt"]), Is.EqualTo((folder["x"], "q")));
        Assert.That(PathPattern.DeepestFolder(folder["x", "*.png"]), Is.EqualTo((folder["x"], (string?)null)));
    }

    [Test]
    public void Placeholders_stand_for_folders_of_the_machine()
    {
        var placeholders = new PathPlaceholders(new Dictionary<string, Func<string?>> { ["torch_include"] = () => "/opt/torch/include", ["gone"] = () => null });

        Assert.That(placeholders.Expand("${torch_include}/ATen/*.h"), Is.EqualTo("/opt/torch/include/ATen/*.h"));
        Assert.That(placeholders.Expand("~/x"), Is.EqualTo(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + "/x"));
        Assert.That(Directory.Exists(placeholders.Expand("${dotnet}/shared")), Is.True);
        Assert.That(Assert.Throws<CorpusException>(() => placeholders.Expand("${torch}/x")).Message, Does.Contain("Known: '${dotnet}', '${gone}', '${torch_include}'."));
        Assert.That(Assert.Throws<CorpusException>(() => placeholders.Expand("${gone}/x")).Message, Does.Contain("This machine has no folder for '${gone}'."));
        Assert.Throws<CorpusException>(() => placeholders.Expand("${torch"));
    }

    private static TempFolder NewFolder()
    {
        var folder = new TempFolder();
        foreach (var file in Files)
        {
            var path = Path.Combine(folder.Path, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, file);
        }

        return folder;
    }
}
