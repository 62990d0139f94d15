using System.Text.RegularExpressions;

namespace Granary.Architecture.Tests;

public sealed partial class NativeImportTests
{
    private const string ImportFolder = "src/Granary.Torch/Native";

    // Each has a decision in docs/decisions.
    private static readonly string[] Exceptions = ["src/Granary.Core/Files/DirectorySync.cs", "src/Granary.Core/Files/ReadAhead.cs", "src/Granary.Cli/Ranks/RankSignals.cs", "cluster/Granary.Cluster/Submission/Local/LocalProcess.cs"];
    private static readonly string[] ExceptionFolders = ["pipelines/Granary.Pipelines/Native/"];

    private static IEnumerable<string> Headers =>
        SourceTree.Files.Where(file => file.StartsWith("native/include/", StringComparison.Ordinal) && Exports().IsMatch(SourceTree.Read(file)));

    private static IEnumerable<string> ImportFiles =>
        SourceTree.ProductCode.Where(file => file.StartsWith(ImportFolder, StringComparison.Ordinal) && Imports().IsMatch(SourceTree.Read(file)));

    [Test]
    public void Only_Granary_Torch_imports_native_functions()
    {
        var importers = SourceTree.ProductCode
            .Where(file => !file.StartsWith("src/Granary.Torch/", StringComparison.Ordinal))
            .Where(file => !ExceptionFolders.Any(folder => file.StartsWith(folder, StringComparison.Ordinal)))
            .Where(file => ImportAttribute().IsMatch(SourceTree.Read(file)));

        Assert.That(importers, Is.EquivalentTo(Exceptions));
    }

    [TestCaseSource(nameof(Headers))]
    public void A_header_is_imported_whole_and_in_its_order(string header)
    {
        var file = ImportFileOf(header);
        if (!SourceTree.Files.Contains(file))
        {
            Assert.Ignore($"'{header}' has no import yet: '{file}' is absent.");
        }

        Assert.That(Names(Imports(), file), Is.EqualTo(Names(Exports(), header)));
    }

    [TestCaseSource(nameof(ImportFiles))]
    public void Every_import_is_exported_by_the_header_of_its_name(string file)
    {
        var header = Headers.SingleOrDefault(candidate => ImportFileOf(candidate) == file);

        Assert.That(header, Is.Not.Null, "no header under native/include exports a gn_ function for this file");
        Assert.That(Names(Imports(), file), Is.SubsetOf(Names(Exports(), header!)));
    }

    private static string ImportFileOf(string header)
    {
        var words = Path.GetFileNameWithoutExtension(header).Split('_');
        return $"{ImportFolder}/NativeMethods.{string.Concat(words.Select(word => char.ToUpperInvariant(word[0]) + word[1..]))}.cs";
    }

    private static List<string> Names(Regex pattern, string file)
    {
        return [.. pattern.Matches(SourceTree.Read(file)).Select(match => match.Groups[1].Value)];
    }

    // A declaration begins a line; what stands in a comment or in a callback's type does not.
    [GeneratedRegex(@"^(?:GN_API\s)?\w[\w\s\*]*?\b(gn_\w+)\s*\(", RegexOptions.Multiline)]
    private static partial Regex Exports();

    [GeneratedRegex(@"\bpartial\s+[\w\*\s<>\[\]]+?\b(gn_\w+)\s*\(")]
    private static partial Regex Imports();

    [GeneratedRegex(@"\[\s*(?:\w+\.)*(?:LibraryImport|DllImport)\b|NativeLibrary\.(?:Try)?(?:Load|GetExport)\b")]
    private static partial Regex ImportAttribute();
}
