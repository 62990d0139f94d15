using System.Text.Json;
using Granary.Testing;

namespace Granary.Data.Tokenization.Tests;

/// <summary>Reads the golden files of tests/golden/tokenizer; the script there made them with Hugging Face's tokenizers.</summary>
internal static class GoldenIds
{
    internal static string PathOf(string file)
    {
        return Repository.PathOf("tests", "golden", "tokenizer", file);
    }

    internal static List<(byte[] Text, int[] Ids)> Cases(string file, string key)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(PathOf(file)));
        return [.. document.RootElement.GetProperty(key).EnumerateArray().Select(row => (
            row.GetProperty("text").GetBytesFromBase64(),
            row.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray()))];
    }

    internal static Tokenizer Gpt2()
    {
        var path = SharedData.Find("tokenizers", "gpt2.json");
        if (path is null)
        {
            Assert.Ignore("GPT-2's tokenizer.json is not beside the repository (shared/data/tokenizers/gpt2.json).");
        }

        return Tokenizer.Load(path!);
    }

    internal static int[] Encode(Tokenizer tokenizer, ReadOnlySpan<byte> text)
    {
        var output = new TokenBuffer();
        tokenizer.Encode(text, output);
        return output.ToArray();
    }
}
