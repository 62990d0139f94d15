using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Granary.Data.Tokenization;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>The benchmarks of the tokenizer: what they time is what the library does.</summary>
public sealed class TokenizerBenchTests
{
    private static readonly string Trained = Repository.PathOf("tests", "golden", "tokenizer", "trained.json");
    private static readonly string Corpus = Repository.PathOf("tests", "golden", "tokenizer", "corpus.txt");

    [Test]
    public void Encoding_gives_the_ids_of_the_library()
    {
        var result = GranaryProcess.Run(Repository.Root, "bench", "tokenizer", "--tokenizer", Trained, "--input", Corpus, "--rounds", "2", "--json");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        var json = result.Json();
        var ids = Tokenizer.Load(Trained).Encode(File.ReadAllText(Corpus));
        Assert.That(json.GetProperty("ids_sha256").GetString(), Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<int>(ids)))));
        Assert.That(json.GetProperty("cpu_seconds").GetArrayLength(), Is.EqualTo(2));
    }

    [Test]
    public void Training_gives_the_reference_trainers_tokenizer()
    {
        using var folder = new TempFolder();

        var result = GranaryProcess.Run(folder.Path, "bench", "tokenizer-training", "--input", Corpus, "--output", "trained.json", "--json");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(Tokenizer.Load(folder["trained.json"]).Hash, Is.EqualTo(Tokenizer.Load(Trained).Hash));
        Assert.That(result.Json().GetProperty("peak_memory_bytes").GetInt64(), Is.Positive);
    }
}
