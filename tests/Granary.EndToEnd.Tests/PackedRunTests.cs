using System.Text.Json;

namespace Granary.EndToEnd.Tests;

/// <summary>Whole runs of the batching types with packed rows.</summary>
public sealed class PackedRunTests
{
    private const string Config = "packed.yaml";
    private const int Steps = 24;

    [TestCase("concat-and-chunk")]
    [TestCase("document-masking")]
    [TestCase("best-fit")]
    [TestCase("skyladder")]
    public void A_run_of_each_type_goes_from_text_to_export(string type)
    {
        using var run = RunOf(type, Model("llama"));

        var result = run.Granary("run", Config);

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Error, Is.Empty);
        Assert.That(result.Output, Does.Match("decompose: done - [0-9,]+ tokens: [0-9,]+ kept in [0-9,]+ rows, [0-9,]+ dropped; [0-9.]+ ?% of the rows is padding, [0-9.]+ ?% of the documents are cut"));
        var losses = TinyRun.Losses(run.RunPath);
        Assert.That(losses.Select(entry => entry.Step), Is.EqualTo(Enumerable.Range(0, Steps)));
        Assert.That(losses[^1].Loss, Is.LessThan(losses[0].Loss - 0.2));
        Assert.That(run["runs", "tiny", "export", "huggingface", "model.safetensors"], Does.Exist);
        var ledger = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(run["runs", "tiny", "stages", "decompose", "manifest.json"])).GetProperty("ledger");
        Assert.That(ledger.GetProperty("tokens_padding").GetInt64(), type == "best-fit" ? Is.Positive : Is.Zero);
    }

    [Test]
    public void A_ladder_goes_on_from_a_checkpoint_with_the_same_bits_and_no_other_mask_takes_its_place()
    {
        using var run = RunOf("skyladder", Model("gpt2"));
        var alone = run.Granary("train", Config, "--runs", "alone", "--set", "training.keep_checkpoints=0");
        var stopped = run.Granary("train", Config, "--runs", "stopped", "--set", "training.keep_checkpoints=0");
        Assert.That((alone.ExitCode, stopped.ExitCode), Is.EqualTo((0, 0)), alone.ToString());

        // What a process that was killed behind its first checkpoint leaves behind.
        var folder = run["stopped", "tiny"];
        var checkpoints = Directory.EnumerateDirectories(Path.Combine(folder, "checkpoints")).Order(StringComparer.Ordinal).ToList();
        File.WriteAllText(Path.Combine(folder, "latest"), File.ReadAllText(Path.Combine(folder, "latest")).Replace(Path.GetFileName(checkpoints[^1]), Path.GetFileName(checkpoints[0]), StringComparison.Ordinal));
        checkpoints.Skip(1).ToList().ForEach(checkpoint => Directory.Delete(checkpoint, recursive: true));

        var resumed = run.Granary("train", Config, "--runs", "stopped", "--set", "training.keep_checkpoints=0");

        Assert.That(resumed.ExitCode, Is.Zero, resumed.ToString());
        Assert.That(resumed.Output, Does.Contain("going on from step 3"));
        TinyRun.AssertSameBits(run["alone", "tiny"], run["stopped", "tiny"]);

        // Where the run's own file is changed along, only the checkpoint can tell.
        var file = Path.Combine(folder, "config.yaml");
        File.WriteAllText(file, File.ReadAllText(file).Replace("growth_share: 0.64", "growth_share: 0.5", StringComparison.Ordinal));
        var masked = run.Granary("train", "stopped/tiny/config.yaml", "--runs", "stopped");
        Assert.That(masked.ExitCode, Is.EqualTo(1), masked.ToString());
        Assert.That(masked.Error, Does.Contain("another order of the data"));
    }

    [Test]
    public void A_time_budget_is_tried_on_packed_rows_and_an_unused_section_is_warned_of()
    {
        using var run = RunOf("skyladder", Model("llama"));

        var result = run.Granary("train", Config, "--set", "training.steps=0", "--set", "training.time_budget=1s", "--set", "decomposition.min_exponent=4");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.Match("a step of 256 tokens takes .* of them fit training.time_budget"));
        Assert.That(result.Output, Does.Contain("warning: The section 'decomposition' is not used"));
        Assert.That(TinyRun.Losses(run.RunPath), Is.Not.Empty);
    }

    [Test]
    public void Eval_tells_bands_of_held_out_documents_apart()
    {
        var run = FinishedRun.Run;

        var result = run.Granary("eval", "--model", "runs/tiny", "--input", "runs/tiny/stages/corpus/held-out.jsonl", "--jsonl", "--bands", "8", "32", "--threads", "1", "--json");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        var (json, bands) = (result.Json(), result.Json().GetProperty("bands").EnumerateArray().ToList());
        Assert.That(bands.Select(band => (band.GetProperty("from").GetInt32(), band.GetProperty("to").GetInt32())), Is.EqualTo(new[] { (0, 8), (8, 32), (32, 64) }));
        Assert.That(bands.Sum(band => band.GetProperty("tokens").GetInt64()), Is.EqualTo(json.GetProperty("tokens").GetInt64()));
        Assert.That(json.GetProperty("documents").GetInt64(), Is.GreaterThan(5));
        var mean = bands.Sum(band => band.GetProperty("tokens").GetInt64() * band.GetProperty("loss").GetDouble()) / json.GetProperty("tokens").GetInt64();
        Assert.That(mean, Is.EqualTo(json.GetProperty("loss").GetDouble()).Within(1e-9));
    }

    private static TinyRun RunOf(string type, string model)
    {
        var run = new TinyRun();
        var lines = TinyRun.Yaml.Split('\n').Where(line => !line.StartsWith("decomposition:", StringComparison.Ordinal)).Select(line => line switch
        {
            _ when line.StartsWith("batching:", StringComparison.Ordinal) => $"batching: {{type: {type}, row_length: 64, tokens_per_step: 256}}",
            _ when line.StartsWith("model:", StringComparison.Ordinal) => model,
            _ => line.Replace($"steps: {TinyRun.Steps}", $"steps: {Steps}", StringComparison.Ordinal),
        });
        File.WriteAllLines(run[Config], lines);
        return run;
    }

    private static string Model(string type)
    {
        return $"model: {{type: {type}, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, max_position_embeddings: 64}}";
    }
}
