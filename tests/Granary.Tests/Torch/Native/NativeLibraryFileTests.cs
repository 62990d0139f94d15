using Granary.Testing;

namespace Granary.Torch.Native.Tests;

public sealed class NativeLibraryFileTests
{
    [Test]
    public void A_missing_file_is_one_sentence_with_path_and_target()
    {
        using var folder = new TempFolder();

        var thrown = Assert.Throws<TorchException>(() => NativeLibraryFile.LoadFrom(folder.Path));

        Assert.That(thrown.Message, Is.EqualTo($"The native library is missing at '{folder["libgranary.so"]}'; build it with 'make build'."));
    }

    [Test]
    public void A_file_that_is_no_library_says_why_and_what_to_do()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["libgranary.so"], "text");

        var thrown = Assert.Throws<TorchException>(() => NativeLibraryFile.LoadFrom(folder.Path));

        Assert.That(thrown.Message, Does.StartWith($"The native library '{folder["libgranary.so"]}' could not be loaded: "));
        Assert.That(thrown.Message, Does.EndWith("Install libtorch with 'make setup' and build again."));
        Assert.That(thrown.Message, Does.Not.Contain("\n"));
    }

    [Test]
    public void The_built_library_is_beside_the_assemblies()
    {
        Assert.That(Path.Combine(AppContext.BaseDirectory, NativeLibraryFile.Name), Does.Exist);
    }

    [Test]
    public void A_null_reference_is_an_exception_with_the_library_and_all_that_it_brings()
    {
        using var tensor = torch.zeros([1]);
        var texts = new string[tensor.numel()];

        Assert.That(() => texts[0].Length, Throws.TypeOf<NullReferenceException>());
    }
}
