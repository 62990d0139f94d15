using System.Text.RegularExpressions;
using Granary.Testing;

namespace Granary.Architecture.Tests;

public sealed partial class SourceTextTests
{
    private static readonly string[] Binary = [".safetensors", ".png", ".ico", ".gz", ".zst", ".parquet", ".bin", ".gguf", ".shard", ".pt"];

    // Put together from parts, so that this file does not hold what it looks for.
    private static readonly Regex Unfinished = new(@"\b(TO" + "DO|FIX" + "ME|X" + "XX)\b");
    private static readonly Regex Machine = new(@"(?<![\w.~-])/(wo" + "rk|ro" + @"ot|home/\w+)/|\b(pypi|nuget)\.o" + @"rg\b|\bregistry\.npmjs\b", RegexOptions.IgnoreCase);

    private static IEnumerable<string> Texts => SourceTree.Files.Where(file => !Binary.Contains(Path.GetExtension(file)));

    [Test]
    public void Nothing_is_left_for_later()
    {
        Assert.That(LinesWith(Unfinished), Is.Empty);
    }

    [Test]
    public void No_file_names_a_machine_path_or_a_package_registry()
    {
        Assert.That(LinesWith(Machine), Is.Empty);
    }

    [Test]
    public void Only_the_command_line_prints()
    {
        var printers = SourceTree.ProductCode
            .Where(file => !file.StartsWith("src/Granary.Cli/", StringComparison.Ordinal))
            .Where(file => Printing().IsMatch(SourceTree.Read(file)));

        Assert.That(printers, Is.Empty);
    }

    [Test]
    public void A_file_is_named_after_its_first_type_and_offers_no_second_one()
    {
        var faults = SourceTree.ProductCode
            .Select(file => (file, types: TopLevelTypes().Matches(SourceTree.Read(file)).ToList()))
            .Where(found => found.types.Count > 0)
            .Where(found => found.types[0].Groups["name"].Value != Path.GetFileName(found.file).Split('.')[0]
                || found.types.Skip(1).Any(type => type.Groups["public"].Success))
            .Select(found => $"{found.file} holds {string.Join(", ", found.types.Select(type => type.Groups["name"].Value))}");

        Assert.That(faults, Is.Empty);
    }

    [Test]
    public void Every_relative_link_in_a_document_leads_somewhere()
    {
        var faults =
            from file in SourceTree.Files
            where file.EndsWith(".md", StringComparison.Ordinal)
            from Match match in Link().Matches(SourceTree.Read(file))
            let target = Path.Combine(Path.GetDirectoryName(Repository.PathOf(file))!, match.Groups[1].Value)
            where !File.Exists(target) && !Directory.Exists(target)
            select $"{file} -> {match.Groups[1].Value}";

        Assert.That(faults, Is.Empty);
    }

    private static IEnumerable<string> LinesWith(Regex pattern)
    {
        return
            from file in Texts
            from line in File.ReadLines(Repository.PathOf(file)).Select((text, index) => (text, index))
            where pattern.IsMatch(line.text)
            select $"{file}:{line.index + 1}: {line.text.Trim()}";
    }

    [GeneratedRegex(@"(?<![\w.])(?:System\.)?(?:Console|AnsiConsole)\.\w")]
    private static partial Regex Printing();

    // Namespaces are file-scoped, so a type at the top begins its line.
    [GeneratedRegex(@"^(?:(?:(?<public>public)|internal|file|sealed|static|abstract|partial|unsafe|readonly|ref)\s+)*(?:class|struct|interface|enum|record(?:\s+struct|\s+class)?|delegate\s+[\w<>\[\]?.*]+)\s+(?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TopLevelTypes();

    // [text](target#part), but no address with a scheme and no part of the same page.
    [GeneratedRegex(@"\]\((?!\w+:|#)([^)#\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();
}
