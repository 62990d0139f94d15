using System.Text.RegularExpressions;
using System.Xml.Linq;
using Granary.Testing;

namespace Granary.Architecture.Tests;

public sealed partial class DependencyRuleTests
{
    // Who may use whom. A project that is not listed fails: it has to find its place here first.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Granary.Core"] = [],
        ["Granary.Torch"] = [],
        ["Granary.Data"] = ["Granary.Core"],
        ["Granary.Distributed"] = ["Granary.Core", "Granary.Torch"],
        ["Granary.Models"] = ["Granary.Core", "Granary.Torch", "Granary.Distributed"],
        ["Granary.Checkpoints"] = ["Granary.Core", "Granary.Torch", "Granary.Models"],
        ["Granary.Training"] = ["Granary.Core", "Granary.Torch", "Granary.Data", "Granary.Distributed", "Granary.Models", "Granary.Checkpoints"],
        ["Granary.Pipelines"] = ["Granary.Core", "Granary.Data", "Granary.Torch"],
        ["Granary.Cluster"] = ["Granary.Core", "Granary.Cluster.Embedded"],
        ["Granary.Cluster.Embedded"] = [],
        ["Granary.Cluster.Host"] = ["Granary.Core", "Granary.Cluster"],
        ["Granary.Cli"] = ["*"],
    };

    // Stages of the pipeline meet in files, never in code.
    private static readonly string[] Stages = ["Corpus", "Decomposition", "Climb", "Mazes"];

    private static IEnumerable<string> Projects => SourceTree.ProductProjects;

    [TestCaseSource(nameof(Projects))]
    public void A_project_uses_only_what_its_layer_allows(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        Assert.That(Allowed.Keys, Does.Contain(name), "a new project needs a line in the table of this test");

        var used = References(project, "ProjectReference").Select(include => Path.GetFileNameWithoutExtension(include)!);

        Assert.That(Allowed[name], Is.EqualTo(new[] { "*" }).Or.SupersetOf(used));
    }

    [TestCaseSource(nameof(Projects))]
    public void Nothing_uses_the_command_line(string project)
    {
        Assert.That(References(project, "ProjectReference"), Has.None.Contains("Granary.Cli"));
    }

    [TestCase("YamlDotNet", "src/Granary.Core/Granary.Core.csproj", Description = "YAML is read in one place")]
    [TestCase("Spectre.Console", "src/Granary.Cli/Granary.Cli.csproj", Description = "only the command line prints")]
    [TestCase("System.CommandLine", "src/Granary.Cli/Granary.Cli.csproj", Description = "only the command line has one")]
    public void A_package_belongs_to_one_project(string package, string owner)
    {
        var users = Projects.Where(project => References(project, "PackageReference").Contains(package));

        Assert.That(users, Is.EqualTo(new[] { owner }));
    }

    [Test]
    public void Only_configuration_knows_yaml()
    {
        var users = SourceTree.ProductCode.Where(file => SourceTree.Read(file).Contains("YamlDotNet", StringComparison.Ordinal));

        Assert.That(users, Has.All.StartsWith("src/Granary.Core/Configuration/"));
    }

    [Test]
    public void Stages_of_the_pipeline_never_use_one_another()
    {
        var faults =
            from file in SourceTree.ProductCode
            from stage in Stages
            where file.StartsWith($"pipelines/Granary.Pipelines/{stage}/", StringComparison.Ordinal)
            from Match match in StageUse().Matches(SourceTree.Read(file))
            let used = match.Groups[1].Value
            where used != stage && Stages.Contains(used)
            select $"{file} uses {used}";

        Assert.That(faults, Is.Empty);
    }

    private static IEnumerable<string> References(string project, string element)
    {
        return XDocument.Load(Repository.PathOf(project)).Descendants(element).Select(reference => reference.Attribute("Include")!.Value.Replace('\\', '/'));
    }

    [GeneratedRegex(@"Granary\.Pipelines\.(\w+)")]
    private static partial Regex StageUse();
}
