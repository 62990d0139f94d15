using System.CommandLine;
using Granary.Cli.Commands;
using Granary.Testing;

namespace Granary.Architecture.Tests;

/// <summary>Holds commands and options against the approved text in tests/Granary.Tests/Surface/cli.txt: scripts depend on them.</summary>
public sealed class CommandLineTests
{
    [Test]
    public void The_command_line_is_the_approved_one()
    {
        var file = Repository.PathOf("tests", "Granary.Tests", "Surface", "cli.txt");
        var surface = Describe(CommandLine.Build(TimeProvider.System), "granary").ToList();
        if (Environment.GetEnvironmentVariable("APPROVE_SURFACE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllLines(file, surface);
        }

        var approved = File.ReadAllLines(file);

        Assert.Multiple(() =>
        {
            Assert.That(surface.Except(approved), Is.Empty, "new; accept it with 'make approve-surface'");
            Assert.That(approved.Except(surface), Is.Empty, "lost; accept the loss with 'make approve-surface'");
        });
    }

    [Test]
    public void Every_command_and_option_says_what_it_is_for()
    {
        var silent = Symbols(CommandLine.Build(TimeProvider.System)).Where(symbol => string.IsNullOrWhiteSpace(symbol.Description)).Select(symbol => symbol.Name);

        Assert.That(silent, Is.Empty);
    }

    private static IEnumerable<string> Describe(Command command, string path)
    {
        yield return string.Join(' ', [path, .. command.Arguments.Select(argument => argument.Arity.MinimumNumberOfValues == 0 ? $"[{argument.Name}]" : $"<{argument.Name}>")]);
        foreach (var option in command.Options.OrderBy(option => option.Name, StringComparer.Ordinal))
        {
            yield return $"{path} {option.Name} : {option.ValueType.Name}{(option.Required ? ", required" : string.Empty)}";
        }

        foreach (var line in command.Subcommands.SelectMany(inner => Describe(inner, $"{path} {inner.Name}")))
        {
            yield return line;
        }
    }

    private static IEnumerable<Symbol> Symbols(Command command)
    {
        return [command, .. command.Arguments, .. command.Options, .. command.Subcommands.SelectMany(Symbols)];
    }
}
