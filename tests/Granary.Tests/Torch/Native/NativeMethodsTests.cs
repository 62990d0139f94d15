using System.Reflection;
using System.Text.RegularExpressions;
using Granary.Testing;

namespace Granary.Torch.Native.Tests;

/// <summary>Every function of native/include has its import, by the same name and in the same order, and no import is without one.</summary>
public sealed partial class NativeMethodsTests
{
    private static IEnumerable<string> Headers =>
        Directory.EnumerateFiles(Repository.PathOf("native", "include", "granary"), "*.h").Select(Path.GetFileNameWithoutExtension).Where(name => name != "common").Order()!;

    [TestCaseSource(nameof(Headers))]
    public void Imports_follow_their_header(string header)
    {
        var declared = FunctionsOf(File.ReadAllText(Repository.PathOf("native", "include", "granary", header + ".h")));

        var imported = ImportsOf(File.ReadAllText(Repository.PathOf("src", "Granary.Torch", "Native", $"NativeMethods.{PascalCase(header)}.cs")));

        Assert.That(imported, Is.EqualTo(declared));
    }

    [Test]
    public void Every_import_file_has_a_header()
    {
        var files = Directory.EnumerateFiles(Repository.PathOf("src", "Granary.Torch", "Native"), "NativeMethods.*.cs").Select(file => Path.GetFileName(file).Split('.')[1]);

        Assert.That(files, Is.EquivalentTo(Headers.Select(PascalCase)));
    }

    [Test]
    public void Every_import_is_in_the_library()
    {
        var library = System.Runtime.InteropServices.NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, NativeLibraryFile.Name));
        var imports = typeof(NativeMethods).GetMethods(BindingFlags.Static | BindingFlags.NonPublic).Select(method => method.Name).Where(name => name.StartsWith("gn_", StringComparison.Ordinal));

        Assert.That(imports.Where(name => !System.Runtime.InteropServices.NativeLibrary.TryGetExport(library, name, out _)), Is.Empty);
    }

    private static List<string> FunctionsOf(string header)
    {
        return [.. DeclaredFunction().Matches(header).Select(match => match.Groups[1].Value)];
    }

    private static List<string> ImportsOf(string source)
    {
        return [.. ImportedFunction().Matches(source).Select(match => match.Groups[1].Value)];
    }

    private static string PascalCase(string header)
    {
        return string.Concat(header.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }

    [GeneratedRegex(@"^GN_(?:KERNEL_)?API [^;{]*?\b(gn_\w+)\(", RegexOptions.Multiline)]
    private static partial Regex DeclaredFunction();

    [GeneratedRegex(@"static (?:unsafe )?partial .*?\b(gn_\w+)\(")]
    private static partial Regex ImportedFunction();
}
