using System.Text.RegularExpressions;
using Granary.Cli;
using Granary.Cli.Mazes;
using Granary.Core.Configuration;
using Granary.Testing;

namespace Granary.Architecture.Tests;

public sealed class ConfigFilesTests
{
    private static IEnumerable<string> Files =>
        Directory.EnumerateFiles(Repository.PathOf("configs"), "*.yaml", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Repository.Root, file)).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Files))]
    public void Every_configuration_loads_and_can_be_written_and_read_again(string file)
    {
        if (MazeRunConfig.IsIn(Repository.PathOf(file)))
        {
            AssertLoads<MazeRunConfig>(file);
        }
        else
        {
            AssertLoads<RunConfig>(file);
        }
    }

    [TestCaseSource(nameof(Overrides))]
    public void What_a_file_says_is_commonly_overridden_can_be(string file, string[] overrides)
    {
        if (MazeRunConfig.IsIn(Repository.PathOf(file)))
        {
            AssertLoads<MazeRunConfig>(file, overrides);
        }
        else
        {
            AssertLoads<RunConfig>(file, overrides);
        }
    }

    private static IEnumerable<TestCaseData> Overrides()
    {
        return
            from file in Files
            from line in File.ReadLines(Repository.PathOf(file))
            where line.StartsWith("#   --set ", StringComparison.Ordinal)
            let overrides = Regex.Matches(line, """--set (?:"([^"]*)"|(\S+))""").Select(match => match.Groups[1].Value + match.Groups[2].Value).ToArray()
            select new TestCaseData(file, overrides).SetArgDisplayNames(file, string.Join(' ', overrides));
    }

    private static void AssertLoads<T>(string file, params string[] overrides)
        where T : class, IConfigSection
    {
        var run = ConfigurationFile.Load<T>(Repository.PathOf(file), overrides);

        var written = ConfigurationFile.Write(run);

        Assert.That(ConfigurationFile.Write(ConfigurationFile.Parse<T>(written, file)), Is.EqualTo(written));
    }
}
