using Granary.Core;

namespace Granary.Pipelines.Native.Compression.Tests;

public sealed class SystemLibraryTests
{
    [Test]
    public void A_missing_library_is_named_with_the_package_that_has_it()
    {
        var error = Assert.Throws<CorpusException>(() => new SystemLibrary("libnone.so.7", "libnone7").Require("a.jsonl.none"));

        Assert.That(error.Message, Is.EqualTo("a.jsonl.none: The library 'libnone.so.7' that unpacks this file is not on this machine. Install it ('apt-get install libnone7' on Debian), or unpack the file."));
    }

    [TestCase(NativeMethods.Zstd)]
    [TestCase(NativeMethods.Bzip2)]
    public void The_libraries_are_found_by_the_names_their_packages_give_them(string name)
    {
        Assert.DoesNotThrow(() => new SystemLibrary(name, "any").Require("a"));
    }
}
