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

    private static void AssertLoads<T>(string file)
        where T : class, IConfigSection
    {
        var run = ConfigurationFile.Load<T>(Repository.PathOf(file), []);

        var written = ConfigurationFile.Write(run);

        Assert.That(ConfigurationFile.Write(ConfigurationFile.Parse<T>(written, file)), Is.EqualTo(written));
    }
}
