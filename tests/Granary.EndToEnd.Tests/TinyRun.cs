using System.Text;
using System.Text.Json;
using Granary.Core.Randomness;
using Granary.Core.Runs;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>A folder with a small corpus and a run file whose whole way takes seconds.</summary>
internal sealed class TinyRun : IDisposable
{
    internal const string Config = "tiny.yaml";
    internal const int Steps = 40;

    private readonly TempFolder _folder = new();

    public TinyRun()
    {
        File.WriteAllText(_folder["words.jsonl"], Documents(seed: 5, count: 400));
        File.WriteAllText(_folder[Config], Yaml);
    }

    /// <summary>The run file; line 6 is its first line of the corpus' sources.</summary>
    internal static string Yaml { get; } = $$"""
        name: tiny
        seed: 7
        corpus:
          sources:
            - name: words
              type: jsonl
              paths: ["words.jsonl"]
              held_out_one_in: 20
        tokenizer: {type: bpe, vocab_size: 300}
        decomposition: {min_exponent: 4, max_exponent: 6}
        batching: {tokens_per_step: 256, cycles: 2}
        model: {type: llama, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, max_position_embeddings: 64}
        optimizer:
          type: adamw
          learning_rate: 0.003
        training: {steps: {{Steps}}, threads: 1, tokens_per_microbatch: 128, checkpoint_every_steps: 3}
        evaluation: {max_bytes: 20000}
        sample: {prompts: ["ba"], tokens: 8}

        """;

    /// <summary>The folder that commands are run in.</summary>
    public string Folder => _folder.Path;

    /// <summary>The run's folder, where the configuration's name and the usual runs folder are kept.</summary>
    public string RunPath => _folder["runs", "tiny"];

    /// <summary>A path below the folder.</summary>
    public string this[params string[] parts] => _folder[parts];

    /// <summary>JSON lines of made-up words, each document as the seed and its number have it.</summary>
    internal static string Documents(long seed, int count)
    {
        return Documents(seed, count, 20, 200, ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu"]);
    }

    /// <summary>The same of given syllables, with a number of words from the least to below the limit.</summary>
    internal static string Documents(long seed, int count, int least, int limit, string[] syllables)
    {
        var lines = new StringBuilder();
        for (var document = 0; document < count; document++)
        {
            var key = RandomKey.FromSeed(seed).Fold(document);
            var words = Enumerable.Range(0, least + (int)key.BelowAt(0, limit - least)).Select(word => string.Concat(
                Enumerable.Range(0, 1 + (int)key.Use("syllables").BelowAt(word, 3)).Select(part => syllables[key.Fold(word).BelowAt(part, syllables.Length)])));
            lines.Append(JsonSerializer.Serialize(new { text = string.Join(' ', words) })).Append('\n');
        }

        return lines.ToString();
    }

    /// <summary>Runs a command in the folder.</summary>
    public GranaryResult Granary(params string[] arguments)
    {
        return GranaryProcess.Run(Folder, arguments);
    }

    /// <summary>Step and loss of every step event, in the order in which they were written.</summary>
    public static IReadOnlyList<(long Step, double Loss)> Losses(string runPath)
    {
        return [.. EventLog.Read(Path.Combine(runPath, "events.jsonl")).Where(reported => reported.Kind == "step").Select(reported => (reported.Step!.Value, reported.Numbers["loss"]))];
    }

    /// <summary>The bytes of the newest checkpoint's tensors by file name.</summary>
    public static IReadOnlyDictionary<string, byte[]> Tensors(string runPath)
    {
        var checkpoint = Path.Combine(runPath, File.ReadAllText(Path.Combine(runPath, "latest")).Trim());
        return Directory.EnumerateFiles(checkpoint, "*.safetensors").ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
    }

    /// <summary>Whether two runs came to the same weights, moments and losses, bit for bit.</summary>
    public static void AssertSameBits(string expected, string actual)
    {
        Assert.That(Losses(actual), Is.EqualTo(Losses(expected)), "every step once, in order, with the same loss");
        var (left, right) = (Tensors(expected), Tensors(actual));
        Assert.That(right.Keys, Is.EquivalentTo(left.Keys));
        Assert.That(left.Keys, Has.Some.StartsWith("model").And.Some.StartsWith("optimizer"));
        foreach (var (name, bytes) in left)
        {
            Assert.That(right[name].AsSpan().SequenceEqual(bytes), Is.True, name);
        }
    }

    /// <summary>A copy of a finished run's folder, to be damaged.</summary>
    public static TinyRun CopyOf(TinyRun finished)
    {
        var copy = new TinyRun();
        foreach (var file in Directory.EnumerateFiles(finished["runs"], "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy.Folder, Path.GetRelativePath(finished.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        File.Copy(finished["words.jsonl"], copy["words.jsonl"], overwrite: true);
        File.SetLastWriteTimeUtc(copy["words.jsonl"], File.GetLastWriteTimeUtc(finished["words.jsonl"]));
        return copy;
    }

    public void Dispose()
    {
        _folder.Dispose();
    }
}
