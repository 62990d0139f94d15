using System.Text.Json;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>A folder with three small sources and a target like two of them, and a run file whose search takes seconds.</summary>
internal sealed class TinyMix : IDisposable
{
    internal const string Config = "mix.yaml";

    private readonly TempFolder _folder = new();

    public TinyMix()
    {
        File.WriteAllText(_folder["a.jsonl"], Documents(1, 150, ["ba", "ke", "li", "mo", "nu"]));
        File.WriteAllText(_folder["b.jsonl"], Documents(2, 150, ["ra", "se", "ti", "vo", "zu"]));
        File.WriteAllText(_folder["few.jsonl"], Documents(3, 10, ["xy", "qq", "wp", "fg", "hj"]));
        File.WriteAllText(_folder["target.jsonl"], Documents(4, 40, ["ba", "ke", "li", "mo", "ra"]));
        File.WriteAllText(_folder[Config], Yaml);
    }

    /// <summary>The run file: four proxies of a few steps.</summary>
    internal static string Yaml { get; } = """
        name: mixed
        seed: 7
        corpus:
          sources:
            - {name: a, type: jsonl, paths: ["a.jsonl"], held_out_one_in: 20}
            - {name: b, type: jsonl, paths: ["b.jsonl"], held_out_one_in: 20}
            - {name: few, type: jsonl, paths: ["few.jsonl"], held_out_one_in: 0}
            - {name: target, type: jsonl, paths: ["target.jsonl"], held_out_one_in: 1}
        tokenizer: {type: bpe, vocab_size: 300}
        decomposition: {min_exponent: 4, max_exponent: 6}
        batching: {tokens_per_step: 256, cycles: 2}
        mix:
          components: sources
          search: {type: climb, rounds: [3, 1], anchors: 0, final: best-observed, predictors: [{type: gaussian-process}], caps: {max_epochs: 20}}
          objective: {metrics: [{name: heldout.target}]}
          proxy:
            model: {type: llama, hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 64}
            tokens: 2560
            tokens_per_step: 256
        model: {type: llama, hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 64}
        training: {steps: 20, threads: 1, tokens_per_microbatch: 256}
        evaluation: {max_bytes: 20000}

        """;

    /// <summary>The folder that commands are run in.</summary>
    public string Folder => _folder.Path;

    /// <summary>A path below the folder.</summary>
    public string this[params string[] parts] => _folder[parts];

    /// <summary>Runs a command in the folder.</summary>
    public GranaryResult Granary(params string[] arguments)
    {
        return GranaryProcess.Run(Folder, arguments);
    }

    /// <summary>What a search proposed, in which order, and what it found, byte for byte.</summary>
    public string Search(string runs)
    {
        var stage = this[runs, "mixed", "stages", "mix"];
        var files = Directory.EnumerateFiles(Path.Combine(stage, "rounds"), "proposals.jsonl", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
        return string.Join('\n', files.Append(Path.Combine(stage, "choice.json")).Append(Path.Combine(stage, "mixture.yaml")).Select(File.ReadAllText));
    }

    /// <summary>The scores of the first round's proxies, in the order in which they were proposed.</summary>
    public IReadOnlyList<double> FirstScores(string runs)
    {
        var stage = this[runs, "mixed", "stages", "mix"];
        return [.. File.ReadLines(Path.Combine(stage, "rounds", "r1", "proposals.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()!)
            .Select(id => JsonDocument.Parse(File.ReadAllText(Path.Combine(stage, "trials", id, "result.json"))).RootElement.GetProperty("score").GetDouble())];
    }

    public void Dispose()
    {
        _folder.Dispose();
    }

    private static string Documents(long seed, int count, string[] syllables)
    {
        return TinyRun.Documents(seed, count, least: 20, limit: 120, syllables);
    }
}
