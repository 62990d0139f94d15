using Granary.Core.Runs;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>Bad input ends in one message that names file and place, with the right exit code, and nothing half written.</summary>
public sealed class BadInputTests
{
    internal const int BadConfiguration = 2;
    private const int Failed = 1;

    [TestCase("  learning_rate: 0.003", "  learning_rate: -1", "'optimizer.learning_rate' is '-1' (line 15)", Description = "out of range")]
    [TestCase("  learning_rate: 0.003", "  learning_rate: fast", "'optimizer.learning_rate' is 'fast' (line 15)", Description = "a word for a number")]
    [TestCase("  learning_rate: 0.003", "  lerning_rate: 0.003", "'optimizer.lerning_rate'", Description = "an unknown key")]
    [TestCase("max_exponent: 6", "max_exponent: 9", "'decomposition.max_exponent' is '9'", Description = "rows longer than the model takes")]
    [TestCase("max_bytes: 20000", "window: 65", "'evaluation.window' is '65'", Description = "windows longer than the model takes")]
    [TestCase("name: tiny", "name: ../tiny", "'name' is '../tiny'", Description = "a name that leaves the runs folder")]
    [TestCase("name: tiny", "name: [tiny", "not valid YAML", Description = "no YAML")]
    public void A_configuration_with_a_fault_is_refused_with_key_value_and_line(string right, string wrong, string expected)
    {
        using var run = new TinyRun();
        File.WriteAllText(run[TinyRun.Config], TinyRun.Yaml.Replace(right, wrong, StringComparison.Ordinal));

        var result = run.Granary("run", TinyRun.Config);

        AssertOneMessage(result, BadConfiguration, TinyRun.Config);
        Assert.That(result.Error, Does.Contain(expected));
        Assert.That(run["runs"], Does.Not.Exist);
    }

    [Test]
    public void A_device_that_is_not_there_is_refused_before_anything_is_prepared_for_it()
    {
        using var run = new TinyRun();

        var result = run.Granary("run", TinyRun.Config, "--set", "training.device=cuda:99");

        AssertOneMessage(result, BadConfiguration, "'training.device' is 'cuda:99'");
        Assert.That(Path.Combine(run.RunPath, "stages"), Does.Not.Exist);
    }

    [Test]
    public void A_fault_in_an_override_names_it()
    {
        AssertOneMessage(FinishedRun.Run.Granary("check", TinyRun.Config, "--set", "optimizer.learning_rate=-1"), BadConfiguration, "'optimizer.learning_rate' is '-1'");
        AssertOneMessage(FinishedRun.Run.Granary("check", TinyRun.Config, "--set", "nonsense"), BadConfiguration, "'--set nonsense'");
    }

    [TestCase("none.yaml", Description = "a missing file")]
    [TestCase("runs", Description = "a folder")]
    public void A_configuration_that_is_no_file_is_refused(string name)
    {
        AssertOneMessage(FinishedRun.Run.Granary("run", name), BadConfiguration, name);
    }

    [Test]
    public void A_run_that_another_process_uses_is_refused()
    {
        using var copy = TinyRun.CopyOf(FinishedRun.Run);
        using var claim = RunFolder.Claim(copy.RunPath, File.ReadAllText(copy["runs", "tiny", "config.yaml"]));

        AssertOneMessage(copy.Granary("run", TinyRun.Config), Failed, $"in use by process {Environment.ProcessId}");
    }

    [Test]
    public void An_empty_corpus_is_refused()
    {
        using var run = new TinyRun();
        File.WriteAllText(run["words.jsonl"], string.Empty);

        AssertOneMessage(run.Granary("run", TinyRun.Config), Failed, "No document is left");
        Assert.That(run["runs", "tiny", "stages", "corpus", "stage.json"], Does.Not.Exist);
    }

    [Test]
    public void A_corpus_too_small_for_one_step_is_refused()
    {
        using var run = new TinyRun();
        File.WriteAllText(run["words.jsonl"], "{\"text\": \"ba ke li mo nu ra se ti vo zu ba ke li mo nu ra se ti vo zu\"}\n");

        AssertOneMessage(run.Granary("run", TinyRun.Config, "--set", "corpus.sources.0.held_out_one_in=0"), BadConfiguration, "'batching.tokens_per_step' is '256'");
    }

    [Test]
    public void A_missing_corpus_file_is_named()
    {
        using var run = new TinyRun();
        File.Delete(run["words.jsonl"]);

        AssertOneMessage(run.Granary("run", TinyRun.Config), Failed, "words.jsonl: No file matches");
    }

    [Test]
    public void A_folder_for_a_corpus_file_is_named()
    {
        using var run = new TinyRun();
        File.Delete(run["words.jsonl"]);
        Directory.CreateDirectory(run["words.jsonl"]);

        AssertOneMessage(run.Granary("run", TinyRun.Config), Failed, "words.jsonl: This is a folder");
    }

    [Test]
    public void Invalid_Utf8_is_named_with_its_line_where_it_is_not_to_be_replaced()
    {
        using var run = new TinyRun();
        File.AppendAllText(run["words.jsonl"], "{\"text\": \"x");
        using (var stream = File.Open(run["words.jsonl"], FileMode.Append))
        {
            stream.Write([0xC3, 0x28]);
            stream.Write("\"}\n"u8);
        }

        var result = run.Granary("run", TinyRun.Config, "--set", "corpus.sources.0.invalid_text=skip", "--set", "corpus.sources.0.on_error=fail");

        AssertOneMessage(result, Failed, "words.jsonl, line 401");
    }

    [Test]
    public void A_broken_line_is_named()
    {
        using var run = new TinyRun();
        File.AppendAllText(run["words.jsonl"], "{\"text\": \"x\n");

        AssertOneMessage(run.Granary("run", TinyRun.Config, "--set", "corpus.sources.0.on_error=fail"), Failed, "words.jsonl, line 401");
    }

    [TestCase(".gz", "1F8B0800000000000003", "gzip", Description = "gzip's header alone")]
    [TestCase(".zst", "28B52FFD0458", "zstd", Description = "a frame's header alone")]
    [TestCase(".bz2", "425A6839314159265359", "bzip2", Description = "a block's beginning alone")]
    public void A_packed_file_that_is_cut_is_named(string ending, string content, string format)
    {
        using var run = new TinyRun();
        File.WriteAllBytes(run[$"words.jsonl{ending}"], Convert.FromHexString(content));
        File.WriteAllText(run[TinyRun.Config], TinyRun.Yaml.Replace("words.jsonl", $"words.jsonl{ending}", StringComparison.Ordinal));

        AssertOneMessage(run.Granary("run", TinyRun.Config), Failed, $"words.jsonl{ending}: The {format} data is damaged or cut off");
    }

    [Test]
    public void What_is_left_out_of_a_corpus_is_counted_and_shown_with_its_place()
    {
        using var run = new TinyRun();
        File.AppendAllText(run["words.jsonl"], "{\"text\": \"a\0b\"}\n{\"text\": [\"ba\"]}\n{\"text\": \"half \\ud83d of a pair\"}\n\n{\"text\": true}\n");

        var result = run.Granary("corpus", TinyRun.Config);

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.Match(@"\nsource +files +documents +bytes +held out +left out\nwords +1 +401 +[\d,]+ +\d+ +3\n"));
        Assert.That(result.Output, Does.Match(@"left out of words, invalid-json: 1 of \d+ bytes; the first:\n  .*words\.jsonl, line 401 \(byte \d+\): The line is not one JSON object"));
        Assert.That(result.Output, Does.Match(@"left out of words, no-text: 2 of \d+ bytes; the first:\n  .*words\.jsonl, line 402 .* holds a list, not text.*\n  .*line 405 .* holds true or false, not text"));
        Assert.That(result.Output, Does.Contain("left out of words: 1 invalid-json, 2 no-text"), "what every run says");
    }

    [Test]
    public void A_prompt_longer_than_the_model_takes_is_refused_before_training()
    {
        using var run = new TinyRun();
        File.WriteAllText(run[TinyRun.Config], TinyRun.Yaml.Replace("\"ba\"", $"\"{string.Concat(Enumerable.Repeat("0123456789", 20))}\"", StringComparison.Ordinal));

        AssertOneMessage(run.Granary("run", TinyRun.Config), BadConfiguration, "'sample.prompts.0'");
        Assert.That(run["runs", "tiny", "checkpoints"], Does.Not.Exist);
    }

    [TestCase("eval --model runs/tiny --input runs", "runs: This is a folder", Description = "a folder for a text")]
    [TestCase("eval --model runs/tiny --input none.txt", "none.txt: There is no such file", Description = "no text")]
    [TestCase("eval --model none --input tiny.yaml", "Folder 'none' is no run", Description = "no model")]
    [TestCase("sample --model tiny.yaml --prompt ba", "Folder 'tiny.yaml' is no run", Description = "a file for a model")]
    [TestCase("sample --model runs/tiny --prompt 0123456789012345678901234567890123456789012345678901234567890123456789", "at most 64", Description = "a prompt too long")]
    [TestCase("sample --model runs/tiny --prompt ba --draft heads", "the model has no extra heads", Description = "heads that are not there")]
    [TestCase("tokenizer encode --tokenizer none.json --input tiny.yaml", "none.json", Description = "no tokenizer")]
    [TestCase("tokenizer encode --tokenizer tiny.yaml --input tiny.yaml", "tiny.yaml", Description = "YAML for a tokenizer")]
    [TestCase("tokenizer decode --tokenizer runs/tiny/stages/tokenizer/tokenizer.json --ids tiny.yaml", "tiny.yaml, line 1: 'name: tiny' is no id", Description = "a word for an id")]
    [TestCase("decompose --lengths tiny.yaml", "tiny.yaml, line 1: 'name: tiny' is no length", Description = "a word for a length")]
    [TestCase("decompose --lengths runs", "runs: ", Description = "a folder for lengths")]
    public void A_command_given_the_wrong_file_names_it(string arguments, string expected)
    {
        AssertOneMessage(FinishedRun.Run.Granary(arguments.Split(' ')), Failed, expected);
    }

    [Test]
    public void A_truncated_shard_is_named()
    {
        using var run = Untrained();
        var shard = Shard(run);
        using (var stream = File.OpenWrite(shard))
        {
            stream.SetLength(stream.Length - 100);
        }

        AssertOneMessage(run.Granary("run", TinyRun.Config), Failed, $"{Path.GetFileName(shard)}, byte ");
    }

    [Test]
    public void A_flipped_bit_in_a_shard_is_found_when_training_comes_to_it()
    {
        using var run = Untrained();
        var shard = Shard(run);
        Flip(shard, 4096 + 10);

        AssertOneMessage(run.Granary("run", TinyRun.Config), Failed, $"{Path.GetFileName(shard)}, byte 0: block 0 has the checksum");
    }

    [Test]
    public void A_flipped_bit_in_a_checkpoint_is_found_on_resuming_with_the_tensor_s_name()
    {
        using var copy = TinyRun.CopyOf(FinishedRun.Run);
        var file = copy["runs", "tiny", "checkpoints", "step-00000040", "optimizer-00001.safetensors"];
        Flip(file, new FileInfo(file).Length - 3);

        var result = copy.Granary("run", TinyRun.Config);

        AssertOneMessage(result, Failed, "optimizer-00001.safetensors");
        Assert.That(result.Error, Does.Contain("tensor '"));
    }

    [Test]
    public void A_damaged_plan_is_named()
    {
        using var copy = TinyRun.CopyOf(FinishedRun.Run);
        File.WriteAllText(copy["runs", "tiny", "stages", "train", "plan.json"], "{}");

        AssertOneMessage(copy.Granary("run", TinyRun.Config), Failed, "plan.json: The run's plan cannot be read");
    }

    [Test]
    public void A_missing_native_library_is_one_sentence()
    {
        using var folder = new TempFolder();
        var program = Path.GetDirectoryName(GranaryProcess.Program)!;
        foreach (var file in Directory.EnumerateFiles(program).Where(file => !file.EndsWith("libgranary.so", StringComparison.Ordinal)))
        {
            File.CreateSymbolicLink(folder[Path.GetFileName(file)], file);
        }

        File.Delete(folder["granary.dll"]);
        File.Copy(Path.Combine(program, "granary.dll"), folder["granary.dll"]);
        var result = GranaryProcess.RunOther("dotnet", FinishedRun.Run.Folder, folder["granary.dll"], "sample", "--model", "runs/tiny", "--prompt", "ba");

        AssertOneMessage(result, Failed, "libgranary.so");
    }

    [TestCase("text", Description = "a text file")]
    [TestCase("jsonl", Description = "JSON lines")]
    [Category("Slow")]
    public void A_gigabyte_in_one_line_is_refused_without_reading_it_into_memory(string type)
    {
        using var run = new TinyRun();
        using (var stream = File.OpenWrite(run["words.jsonl"]))
        {
            stream.SetLength(1L << 30); // zeros, without taking the space
        }

        AssertOneMessage(run.Granary("run", TinyRun.Config, "--set", $"corpus.sources.0.type={type}"), Failed, "words.jsonl");
    }

    [Test]
    [Category("Slow")]
    public void A_disk_that_is_full_during_a_checkpoint_ends_in_one_message_and_keeps_the_one_before()
    {
        using var run = new TinyRun();

        var result = RunOnDiskWithLittleLeft(run, prepare: "decompose", kilobytesLeft: 900, command: "run", afterwards: ":");

        AssertOneMessage(result, Failed, "The checkpoint of step");
        Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains("No space left"), result.ToString());
        Directory.Move(run["kept", "tiny"], run["runs", "tiny"]);
        var resumed = run.Granary("run", TinyRun.Config);
        Assert.That(resumed.ExitCode, Is.Zero, resumed.ToString());
        Assert.That(resumed.Output, Does.Contain("going on from step "), "the checkpoint before is whole");
        TinyRun.AssertSameBits(FinishedRun.Run.RunPath, run["runs", "tiny"]);
    }

    [Test]
    [Category("Slow")]
    public void A_disk_that_is_full_while_shards_are_written_ends_in_one_message_and_the_same_command_goes_on()
    {
        using var run = new TinyRun();

        var result = RunOnDiskWithLittleLeft(run, prepare: "tokenizer train", kilobytesLeft: 120, command: "decompose", afterwards: $"'{GranaryProcess.Program}' decompose {TinyRun.Config} --verify >/dev/null || exit 80");

        AssertOneMessage(result, Failed, "No space left");
        Assert.That(result.ErrorLines, Has.Length.EqualTo(1), result.ToString());
        Assert.That(
            File.ReadAllText(run["kept", "tiny", "stages", "decompose", "manifest.json"]),
            Is.EqualTo(File.ReadAllText(FinishedRun.Run["runs", "tiny", "stages", "decompose", "manifest.json"])));
    }

    internal static void AssertOneMessage(GranaryResult result, int code, string expected)
    {
        Assert.That(result.ExitCode, Is.EqualTo(code), result.ToString());
        Assert.That(result.ErrorLines, Is.Not.Empty, result.ToString());
        Assert.That(result.ErrorLines[0], Does.StartWith("granary: "));
        Assert.That(result.ErrorLines.Skip(1), Is.All.StartsWith("  - "), "one message, with at most a list of the places");
        Assert.That(result.Error, Does.Contain(expected));
    }

    // What the command says on a small disk of the process's own; what it leaves there is copied to the folder 'kept'.
    private static GranaryResult RunOnDiskWithLittleLeft(TinyRun run, string prepare, int kilobytesLeft, string command, string afterwards)
    {
        Directory.CreateDirectory(run["runs"]);
        File.WriteAllText(run["fill.sh"], $$"""
            mount -t tmpfs -o size=16m tmpfs runs || exit 77
            '{{GranaryProcess.Program}}' {{prepare}} {{TinyRun.Config}} >/dev/null || exit 78
            free=$(df -k --output=avail runs | tail -1)
            dd if=/dev/zero of=runs/filler bs=1k count=$((free - {{kilobytesLeft}})) 2>/dev/null || exit 79
            '{{GranaryProcess.Program}}' {{command}} {{TinyRun.Config}}
            code=$?
            rm runs/filler
            {{afterwards}}
            cp -r runs kept
            exit $code
            """);

        // A mount of the process's own: root may, and others may where user namespaces are open to them.
        string[] isolate = Environment.IsPrivilegedProcess ? ["-m"] : ["-Urm"];
        var result = GranaryProcess.RunOther("unshare", run.Folder, [.. isolate, "sh", "fill.sh"]);
        if (result.ExitCode == 77 || result.Error.StartsWith("unshare", StringComparison.Ordinal))
        {
            Assert.Ignore($"No small disk can be mounted here: {result.Error}");
        }

        return result;
    }

    // A run whose stages before training are done; a copy in another folder would read its corpus again.
    private static TinyRun Untrained()
    {
        var run = new TinyRun();
        Assert.That(run.Granary("decompose", TinyRun.Config).ExitCode, Is.Zero);
        return run;
    }

    private static string Shard(TinyRun run)
    {
        return Directory.EnumerateFiles(run["runs", "tiny", "stages", "decompose", "d04"]).Order(StringComparer.Ordinal).First();
    }

    private static void Flip(string path, long offset)
    {
        using var stream = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = offset;
        var value = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(value ^ 0x10));
    }

    [TestCase(100, "text", "words.parquet: The file is no Parquet file, or is damaged or cut off: ", Description = "cut off")]
    [TestCase(int.MaxValue, "text", "words.parquet: The file is no Parquet file, or is damaged or cut off: ", Description = "empty")]
    [TestCase(0, "n", "words.parquet: The field 'n' holds BIGINT, not text (VARCHAR or BLOB)", Description = "a column of numbers for the text")]
    [TestCase(0, "txet", "words.parquet: The file has no column 'txet'; its columns are 'n', 'text'. Correct 'text_field'. Did you mean 'text'?", Description = "no such column")]
    public void A_Parquet_file_that_is_not_what_the_source_says_is_named(int bytesCutOff, string field, string expected)
    {
        using var run = ParquetRun.Write();
        using (var stream = File.OpenWrite(run["words.parquet"]))
        {
            stream.SetLength(Math.Max(0, stream.Length - bytesCutOff));
        }

        var result = run.Granary("run", TinyRun.Config, "--set", $"corpus.sources.0.text_field={field}", "--set", "corpus.sources.0.on_error=fail");

        AssertOneMessage(result, Failed, expected);
    }

    [Test]
    public void A_condition_that_is_no_SQL_is_named_with_DuckDB_s_words()
    {
        using var run = ParquetRun.Write();

        AssertOneMessage(run.Granary("run", TinyRun.Config, "--set", "corpus.sources.0.where=n >"), Failed, "which DuckDB refuses: Parser Error: syntax error");
    }

    [Test]
    public void Parquet_on_a_machine_without_DuckDB_is_one_sentence()
    {
        using var run = ParquetRun.Write();

        var result = GranaryProcess.RunOther("env", run.Folder, "GRANARY_DUCKDB=/nowhere/libduckdb.so", GranaryProcess.Program, "run", TinyRun.Config);

        AssertOneMessage(result, Failed, "words.parquet: DuckDB's library '/nowhere/libduckdb.so' cannot be loaded");
    }
}
