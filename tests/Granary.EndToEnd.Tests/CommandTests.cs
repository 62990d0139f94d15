using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>The commands around a run, as scripts use them.</summary>
public sealed class CommandTests
{
    private static readonly string[] Models = ["runs/tiny", "runs/tiny/checkpoints/step-00000040", "runs/tiny/export/huggingface"];

    [Test]
    public void The_demo_is_in_order()
    {
        var result = GranaryProcess.Run(Repository.Root, "check", "configs/demo.yaml");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.StartWith("name: demo\n"));
        Assert.That(result.Error, Does.Contain("configs/demo.yaml is in order; the model has "));
    }

    [Test]
    public void An_override_replaces_a_value_of_the_file()
    {
        var result = FinishedRun.Run.Granary("check", TinyRun.Config, "--set", "optimizer.learning_rate=0.5", "--set", "name=other");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Lines, Does.Contain("name: other").And.Contain("  learning_rate: 0.5"));
    }

    [Test]
    public void What_check_prints_can_be_run()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["resolved.yaml"], FinishedRun.Run.Granary("check", TinyRun.Config).Output);

        var again = GranaryProcess.Run(folder.Path, "check", "resolved.yaml");

        Assert.That(again.Output, Is.EqualTo(File.ReadAllText(folder["resolved.yaml"])), again.ToString());
    }

    [TestCaseSource(nameof(Models))]
    public void Eval_measures_a_model_wherever_it_lies(string model)
    {
        var result = FinishedRun.Run.Granary("eval", "--model", model, "--input", TinyRun.Config, "--window", "32", "--threads", "1", "--json");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        var json = result.Json();
        Assert.That(json.GetProperty("tokens").GetInt64(), Is.Positive);
        var perByte = json.GetProperty("loss").GetDouble() * json.GetProperty("tokens").GetInt64() / Math.Log(2) / new FileInfo(FinishedRun.Run[TinyRun.Config]).Length;
        Assert.That(json.GetProperty("bits_per_byte").GetDouble(), Is.EqualTo(perByte).Within(1e-9));
    }

    [Test]
    public void All_forms_of_a_model_say_the_same()
    {
        var samples = Models.Select(model => FinishedRun.Run.Granary("sample", "--model", model, "--prompt", "ba ke", "--tokens", "12", "--greedy", "--json").Json()).ToList();

        Assert.That(samples.Select(sample => sample.GetProperty("ids").GetRawText()).Distinct().Count(), Is.EqualTo(1));
        Assert.That(samples[0].GetProperty("ids").GetArrayLength(), Is.InRange(1, 12));
        Assert.That(samples[0].GetProperty("text").GetString(), Does.StartWith("ba ke"));
        Assert.That(samples[0].GetProperty("tokens_per_second").GetDouble(), Is.Positive);
        Assert.That(samples[0].GetProperty("accepted_length").GetDouble(), Is.GreaterThanOrEqualTo(1));
        Assert.That(samples[0].GetProperty("speedup").GetDouble(), Is.Positive);
    }

    [TestCase("--greedy", "lookahead", "recycling")]
    [TestCase("--seed 5 --temperature 1.5", "auto")]
    [TestCase("--greedy", "auto", Category = "Slow")]
    [TestCase("--seed 5 --temperature 1.5", "lookahead", "recycling", Category = "Slow")]
    public void Guesses_change_no_token(string settings, params string[] drafts)
    {
        string Ids(string draft)
        {
            return FinishedRun.Run.Granary(["sample", "--model", "runs/tiny", "--prompt", "ba ke", "--tokens", "50", "--draft", draft, "--json", .. settings.Split(' ')]).Json().GetProperty("ids").GetRawText();
        }

        var plain = Ids("none");

        Assert.That(drafts.Select(Ids), Is.All.EqualTo(plain));
    }

    [Test]
    public void A_text_is_cut_before_its_stop_text()
    {
        string[] command = ["sample", "--model", "runs/tiny", "--prompt", "ba ke", "--tokens", "40", "--greedy"];
        var whole = FinishedRun.Run.Granary([.. command, "--json"]).Json().GetProperty("text").GetString()!;
        var stop = whole.Substring(whole.Length - 6, 3);
        var expected = whole[..whole.IndexOf(stop, "ba ke".Length, StringComparison.Ordinal)];

        var json = FinishedRun.Run.Granary([.. command, "--stop", "never", "--stop", stop, "--json"]).Json();
        var shown = FinishedRun.Run.Granary([.. command, "--stop", stop]);

        Assert.That(json.GetProperty("text").GetString(), Is.EqualTo(expected));
        Assert.That(shown.Output, Is.EqualTo(expected + "\n"));
        Assert.That(shown.Error, Does.Contain("a model call"));
    }

    [Test]
    public void A_profiled_step_says_where_its_time_goes_and_what_the_limit_is()
    {
        var result = GranaryProcess.Run(Repository.Root, ["bench", "step", "--preset", "dd-128x4", "--batch", "1", "--length", "16", "--steps", "1", "--threads", "1", "--profile", "--json"]);

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        var profile = JsonNode.Parse(result.Output)!["profile"]!;
        var rows = profile["rows"]!.AsArray();
        Assert.Multiple(() =>
        {
            Assert.That(rows.Select(row => (string)row!["name"]!), Is.SupersetOf(new[] { "granary::product_of_weight", "granary::attention_forward", "granary::adamw" }));
            Assert.That(rows.Sum(row => (double)row!["milliseconds"]!), Is.EqualTo((double)profile["milliseconds"]!).Within(10).Percent);
            Assert.That((double)profile["limit_milliseconds"]!, Is.GreaterThan(0).And.LessThan((double)profile["milliseconds"]!));
        });
    }

    [Test]
    public void A_timed_step_says_what_it_was_timed_on_and_its_loss()
    {
        var result = GranaryProcess.Run(Repository.Root, ["bench", "step", "--preset", "dd-128x4", "--batch", "1", "--length", "16", "--accumulate", "3", "--steps", "1", "--threads", "1", "--json"]);

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        var step = JsonNode.Parse(result.Output)!;
        Assert.Multiple(() =>
        {
            Assert.That(((string)step["device"]!, (string)step["dtype"]!, (long)step["tokens_per_step"]!), Is.EqualTo(("cpu", "fp32", 48L)));
            Assert.That((double)step["loss"]!, Is.EqualTo(Math.Log(4_096)).Within(0.5), "that of guessing");
        });
    }

    [Test]
    public void The_decoding_benchmark_writes_the_same_text_both_ways()
    {
        string[] command = ["bench", "decode", "--model", "runs/tiny", "--prompt", "ba", "--tokens", "20", "--rounds", "2", "--threads", "1"];
        var json = FinishedRun.Run.Granary([.. command, "--json"]).Json();
        var sentences = FinishedRun.Run.Granary(command).Output;

        Assert.That(json.GetProperty("is_equal").GetBoolean(), Is.True);
        Assert.That(json.GetProperty("plain_over_read").GetDouble(), Is.Positive);
        Assert.That(json.GetProperty("speedup").GetDouble(), Is.Positive);
        Assert.That(json.GetProperty("rounds").GetArrayLength(), Is.EqualTo(2));
        Assert.That(sentences, Does.Contain("times as long as reading").And.Contain("the same text: true"));
    }

    [TestCaseSource(nameof(Models))]
    public void Export_writes_the_same_weights_from_every_form(string model)
    {
        using var folder = new TempFolder();

        var result = FinishedRun.Run.Granary("export", "--model", model, "--to", "huggingface", "--output", folder["out"]);

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        var exported = FinishedRun.Run["runs", "tiny", "export", "huggingface", "model.safetensors"];
        Assert.That(File.ReadAllBytes(folder["out", "model.safetensors"]), Is.EqualTo(File.ReadAllBytes(exported)));
    }

    [Test]
    public void What_was_exported_is_not_written_over()
    {
        var again = FinishedRun.Run.Granary("export", "--model", "runs/tiny", "--to", "huggingface", "--output", "runs/tiny/export/huggingface");

        Assert.That(again.ExitCode, Is.EqualTo(1));
        Assert.That(again.ErrorLines, Has.Length.EqualTo(1).And.All.Contains("exists already"));
    }

    [Test]
    public void Ids_go_to_text_and_back()
    {
        using var folder = new TempFolder();
        const string tokenizer = "runs/tiny/stages/tokenizer/tokenizer.json";
        File.WriteAllText(folder["text"], "ba ke li\n\u00e4\U0001F600 <|endoftext|> end");

        var encoded = FinishedRun.Run.Granary("tokenizer", "encode", "--tokenizer", tokenizer, "--input", folder["text"], "--ids");
        File.WriteAllText(folder["ids"], encoded.Output);
        var decoded = FinishedRun.Run.Granary("tokenizer", "decode", "--tokenizer", tokenizer, "--ids", folder["ids"]);

        Assert.That(encoded.ExitCode, Is.Zero, encoded.ToString());
        Assert.That(encoded.Lines.Select(line => int.Parse(line, CultureInfo.InvariantCulture)), Is.All.InRange(0, 299));
        Assert.That(decoded.Output.TrimEnd('\n'), Is.EqualTo(File.ReadAllText(folder["text"])), decoded.ToString());
    }

    [Test]
    public void Decompose_counts_the_pieces_of_given_lengths()
    {
        using var folder = new TempFolder();
        File.WriteAllLines(folder["lengths"], ["1000", "8192", "256", "100"]);

        var result = GranaryProcess.Run(folder.Path, "decompose", "--lengths", "lengths", "--min", "8", "--max", "13", "--json");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        var json = result.Json();
        var pieces = json.GetProperty("pieces").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt64());
        Assert.That(pieces["256"], Is.EqualTo(2));
        Assert.That(pieces["512"], Is.EqualTo(1));
        Assert.That(pieces["8192"], Is.EqualTo(1));
        var ledger = json.GetProperty("ledger");
        Assert.That(ledger.GetProperty("tokens_kept").GetInt64() + ledger.GetProperty("tokens_dropped").GetInt64(), Is.EqualTo(9548));
    }

    [Test]
    public void Released_recipe_gives_the_published_parameters()
    {
        string[] arguments = ["decompose", "released-recipe", .. "--tokens 28795904000 --epochs 8 --gpus 8 --global-batch-size 64 --number-of-shards 3560 5996 7410 6309 5157 4513".Split(' ')];

        var (json, text) = (GranaryProcess.Run(Repository.Root, [.. arguments, "--json"]), GranaryProcess.Run(Repository.Root, arguments));

        Assert.That(json.ExitCode, Is.Zero, json.ToString());
        Assert.That(json.Json().GetProperty("tokens_per_cycle").GetInt64(), Is.EqualTo(3_607_101_440));
        Assert.That(json.Json().GetProperty("weights").EnumerateArray().Select(weight => weight.GetInt64()), Is.EqualTo(new[] { 1472, 1248, 776, 328, 134, 60 }));
        Assert.That(text.Lines, Does.Contain("  odds: [32, 16, 8, 4, 2, 1]"));
    }

    [Test]
    public void Doctor_names_what_the_machine_has()
    {
        using var folder = new TempFolder();

        var json = GranaryProcess.Run(folder.Path, "doctor", "--json").Json();

        Assert.That(json.GetProperty("libtorch").GetProperty("found").GetBoolean(), Is.True);
        Assert.That(json.EnumerateObject().Select(entry => entry.Value.GetProperty("what").ValueKind), Is.All.EqualTo(JsonValueKind.String));
    }

    [TestCase("", Description = "no command")]
    [TestCase("rum tiny.yaml", Description = "an unknown command")]
    [TestCase("run", Description = "a missing argument")]
    [TestCase("run tiny.yaml --fast", Description = "an unknown option")]
    [TestCase("decompose", Description = "neither a configuration nor lengths")]
    [TestCase("decompose tiny.yaml --lengths x", Description = "both")]
    [TestCase("decompose --lengths words.jsonl --min 9 --max 8", Description = "the longest piece below the shortest")]
    [TestCase("bench step --preset llama-31m --batch 1 --length 8", Description = "an unknown preset")]
    [TestCase("bench step --preset llama-30m --batch 0 --length 8", Description = "no rows")]
    [TestCase("bench step --preset llama-30m --batch x --length 8", Description = "a word for a number")]
    [TestCase("bench step --preset llama-30m --batch 1", Description = "a missing option")]
    [TestCase("bench step --preset llama-30m --batch 1 --length 8 --device gpu", Description = "a device of no kind")]
    [TestCase("bench step --preset llama-30m --batch 1 --length 8 --dtype bf16 --composed", Description = "a type that plain operators do not compute in")]
    [TestCase("sample --model runs/tiny --prompt ba --device cuda:x", Description = "a device without a number")]
    [TestCase("eval --model runs/tiny --input tiny.yaml --threads 0", Description = "no threads")]
    [TestCase("eval --model runs/tiny --input tiny.yaml --window 65", Description = "a window beyond the model's positions")]
    [TestCase("eval --model runs/tiny --input tiny.yaml --window -1", Description = "a negative window")]
    [TestCase("sample --model runs/tiny --prompt ba --tokens 0", Description = "no tokens")]
    [TestCase("sample --model runs/tiny --prompt ba --temperature 0", Description = "a temperature of zero")]
    [TestCase("sample --model runs/tiny --prompt ba --draft trees", Description = "an unknown source of guesses")]
    [TestCase("bench decode --tokens 8", Description = "no model")]
    [TestCase("bench decode --model runs/tiny --preset llama-30m", Description = "two models")]
    [TestCase("export --model runs/tiny --to onnx --output x", Description = "an unknown format")]
    public void Wrong_usage_is_exit_code_2_and_nothing_runs(string arguments)
    {
        var result = FinishedRun.Run.Granary(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.That(result.ExitCode, Is.EqualTo(2), result.ToString());
        Assert.That(result.ErrorLines, Is.Not.Empty);
        Assert.That(result.Error, Does.Not.Contain("   at "));
    }
}
