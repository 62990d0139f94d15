using System.Security.Cryptography;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Granary.Data.Tokenization.Splitting;
using Granary.Testing;

namespace Granary.Data.Tokenization.Tests;

/// <summary>Ids equal those of Hugging Face's tokenizers 0.23.2; tests/golden/tokenizer/make_golden.mjs made the files.</summary>
public sealed class TokenizerGoldenTests
{
    private static IEnumerable<string> Families => SplitterFamilies.Names;

    [TestCaseSource(nameof(SmallFiles))]
    public void Small_files_encode_and_decode_as_the_reference_implementation(JsonElement file)
    {
        var tokenizer = Tokenizer.Parse(Encoding.UTF8.GetBytes(file.GetProperty("tokenizer").GetRawText()), "golden");
        var saved = Tokenizer.Parse(tokenizer.ToJson(), "saved");
        foreach (var row in file.GetProperty("cases").EnumerateArray())
        {
            var text = row.GetProperty("text").GetString()!;

            Assert.That(tokenizer.Encode(text), Is.EqualTo(Ids(row, "ids")), text);
            Assert.That(tokenizer.Encode(text, withSpecialTokens: true), Is.EqualTo(Ids(row, "special")), text);
            Assert.That(saved.Encode(text, withSpecialTokens: true), Is.EqualTo(Ids(row, "special")), text);
            Assert.That(tokenizer.Decode(Ids(row, "special")), Is.EqualTo(row.GetProperty("decoded").GetString()), text);
        }
    }

    [TestCaseSource(nameof(Families))]
    public void Random_bytes_encode_as_the_reference_implementation(string family)
    {
        var trained = Tokenizer.Load(GoldenIds.PathOf("trained.json"));
        var definition = trained.Definition with { Splitter = SplitterFamilies.FindByName(family)! };
        var tokenizer = Tokenizer.Parse(new Tokenizer(definition).ToJson(), family);
        var encoder = tokenizer.CreateEncoder();
        foreach (var (text, ids) in GoldenIds.Cases("fuzz.json", family))
        {
            var output = new TokenBuffer();

            encoder.Encode(text, output);

            Assert.That(output.ToArray(), Is.EqualTo(ids), Convert.ToHexString(text));
        }
    }

    [Test]
    [Category(SharedData.Category)]
    public void Random_bytes_encode_as_the_reference_implementation_with_GPT2s_vocabulary()
    {
        var tokenizer = GoldenIds.Gpt2();
        foreach (var (text, ids) in GoldenIds.Cases("gpt2-fuzz.json", "cases"))
        {
            Assert.That(GoldenIds.Encode(tokenizer, text), Is.EqualTo(ids), Convert.ToHexString(text));
        }
    }

    [Test]
    [Category(SharedData.Category)]
    public void Whole_texts_encode_as_the_reference_implementation_with_GPT2s_vocabulary()
    {
        var tokenizer = GoldenIds.Gpt2();
        using var golden = JsonDocument.Parse(File.ReadAllBytes(GoldenIds.PathOf("gpt2-texts.json")));
        foreach (var row in golden.RootElement.GetProperty("texts").EnumerateArray())
        {
            var path = SharedData.Find("text", row.GetProperty("file").GetString()!);
            if (path is null)
            {
                Assert.Ignore($"The text '{row.GetProperty("file")}' is not beside the repository (shared/data/text).");
            }

            var text = File.ReadAllBytes(path!);
            var ids = GoldenIds.Encode(tokenizer, text);

            Assert.That(text, Has.Length.EqualTo(row.GetProperty("bytes").GetInt32()));
            Assert.That(ids, Has.Length.EqualTo(row.GetProperty("ids").GetInt32()));
            Assert.That(Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<int>(ids))), Is.EqualTo(row.GetProperty("sha256").GetString()));
            Assert.That(tokenizer.DecodeBytes(ids), Is.EqualTo(text));
        }
    }

    private static IEnumerable<TestCaseData> SmallFiles()
    {
        foreach (var name in (string[])["files.json", "added.json"])
        {
            using var golden = JsonDocument.Parse(File.ReadAllBytes(GoldenIds.PathOf(name)));
            foreach (var file in golden.RootElement.GetProperty("files").EnumerateArray())
            {
                yield return new TestCaseData(file.Clone()).SetArgDisplayNames(file.GetProperty("about").GetString()!);
            }
        }
    }

    private static int[] Ids(JsonElement row, string key)
    {
        return [.. row.GetProperty(key).EnumerateArray().Select(id => id.GetInt32())];
    }
}
