using System.Text.Json;
using System.Text.Json.Nodes;
using Granary.Checkpoints.Safetensors;
using Granary.Core.Randomness;
using Granary.Models.Decoder;
using Granary.Models.Decoder.Tests;
using Granary.Models.Gpt2;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Checkpoints.HuggingFace.Tests;

/// <summary>What is written against what is read back, and against the golden weights.</summary>
public sealed class HuggingFaceFolderWriterTests
{
    private static readonly ComposedKernels Kernels = new();

    private static readonly DecoderConfig[] Configs =
    [
        new Gpt2Config { VocabSize = 61, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 24 },
        new Gpt2Config { VocabSize = 61, HiddenSize = 32, NumHiddenLayers = 1, NumAttentionHeads = 2, MaxPositionEmbeddings = 24, IntermediateSize = 40, ActivationFunction = "gelu", LayerNormEpsilon = 1e-6, TieWordEmbeddings = false },
        new LlamaConfig { VocabSize = 61, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = 24, RopeTheta = 5e5, InitializerRange = 0.1 },
        new LlamaConfig { VocabSize = 61, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 24, AttentionBias = true, RmsNormEps = 1e-6, TieWordEmbeddings = true },
    ];

    [TestCaseSource(nameof(Configs))]
    public void What_is_exported_and_read_back_gives_the_same_logits_bit_for_bit(DecoderConfig config)
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TempFolder();
        using var model = Build(config);

        HuggingFaceFolderWriter.Write(folder["out"], model, config, new HuggingFaceExport());
        var reader = HuggingFaceFolderReader.Open(folder["out"]);
        using var again = reader.ReadModel(Kernels);

        Assert.That(reader.Spec, Is.EqualTo(model.Spec));
        Assert.That(reader.Warnings, Is.Empty);
        Assert.That(Logits(again).equal(Logits(model)), Is.True);
        Assert.That(model.state_dict().All(entry => again.state_dict()[entry.Key].equal(entry.Value)), Is.True);
    }

    [TestCaseSource(typeof(GoldenModel), nameof(GoldenModel.Names))]
    public void What_is_exported_is_the_golden_file_again(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TempFolder();
        using var golden = new GoldenModel(name);
        using var model = golden.Build(Kernels);

        HuggingFaceFolderWriter.Write(folder["out"], model, golden.Config, new HuggingFaceExport());

        using var weights = SafetensorsReader.Open(folder["out", "model.safetensors"]);
        Assert.That(weights.Metadata, Is.EquivalentTo(new Dictionary<string, string> { ["format"] = "pt" }));
        Assert.That(weights.ByName.Keys, Is.EquivalentTo(golden.ParameterNames));
        foreach (var entry in weights.Entries)
        {
            var expected = golden.Tensor($"parameters.{entry.Name}");
            Assert.That(entry.Shape, Is.EqualTo(expected.shape), entry.Name);
            Assert.That(weights.Bytes(entry).SequenceEqual(expected.bytes), Is.True, entry.Name);
        }
    }

    [TestCase(ScalarType.BFloat16, "bfloat16", 8)]
    [TestCase(ScalarType.Float16, "float16", 11)]
    public void Shorter_types_come_back_as_fp32_rounded_to_their_bits(ScalarType type, string word, int bits)
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        using var folder = new TempFolder();
        using var model = Build(Configs[2]);

        HuggingFaceFolderWriter.Write(folder["out"], model, Configs[2], new HuggingFaceExport { Type = type });
        using var again = HuggingFaceFolderReader.Open(folder["out"]).ReadModel(Kernels);

        Assert.That((string)Config(folder["out"])["torch_dtype"]!, Is.EqualTo(word));
        foreach (var (name, tensor) in model.state_dict())
        {
            var read = again.state_dict()[name];
            Assert.That(read.dtype, Is.EqualTo(ScalarType.Float32));
            Assert.That(read.equal(tensor.to(type).to(ScalarType.Float32)), Is.True, name);
            Assert.That(((read - tensor).abs() - (tensor.abs() * Math.Pow(2, -bits)) - 1e-7).max().item(), Is.LessThanOrEqualTo(0), name);
        }
    }

    [TestCaseSource(nameof(Configs))]
    public void Several_files_hold_what_one_does(DecoderConfig config)
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TempFolder();
        using var model = Build(config);

        HuggingFaceFolderWriter.Write(folder["out"], model, config, new HuggingFaceExport { MaxShardBytes = 20_000 });
        using var again = HuggingFaceFolderReader.Open(folder["out"]).ReadModel(Kernels);

        var files = Directory.GetFiles(folder["out"], "*.safetensors").Select(Path.GetFileName).Order().ToList();
        Assert.That(files, Has.Count.GreaterThan(1));
        Assert.That(files, Is.EqualTo(Enumerable.Range(1, files.Count).Select(number => $"model-{number:D5}-of-{files.Count:D5}.safetensors")));
        Assert.That(files.Select(file => WeightBytes(folder["out", file!])), Has.All.LessThanOrEqualTo(20_000));
        Assert.That(Logits(again).equal(Logits(model)), Is.True);
        var index = JsonNode.Parse(File.ReadAllText(folder["out", "model.safetensors.index.json"]))!;
        Assert.That((long)index["metadata"]!["total_size"]!, Is.EqualTo(4 * model.Spec.ParameterCount()));
    }

    [Test]
    public void The_configuration_says_what_the_family_says()
    {
        using var folder = new TempFolder();
        using var gpt2 = Build(Configs[1]);
        using var llama = Build(Configs[2]);

        HuggingFaceFolderWriter.Write(folder["gpt2"], gpt2, Configs[1], new HuggingFaceExport { EosTokenId = 3 });
        HuggingFaceFolderWriter.Write(folder["llama"], llama, Configs[2], new HuggingFaceExport());

        AssertJson(folder["gpt2", "config.json"], """
            {"architectures":["GPT2LMHeadModel"],"model_type":"gpt2","vocab_size":61,"n_positions":24,"n_ctx":24,"n_embd":32,"n_layer":1,
             "n_head":2,"n_inner":40,"activation_function":"gelu","layer_norm_epsilon":1E-06,"resid_pdrop":0.0,"embd_pdrop":0.0,"attn_pdrop":0.0,
             "scale_attn_weights":true,"initializer_range":0.02,"tie_word_embeddings":false,"use_cache":true,"torch_dtype":"float32",
             "bos_token_id":null,"eos_token_id":3,"pad_token_id":null}
            """);
        AssertJson(folder["llama", "config.json"], """
            {"architectures":["LlamaForCausalLM"],"model_type":"llama","vocab_size":61,"hidden_size":32,"intermediate_size":128,
             "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"head_dim":8,"max_position_embeddings":24,"hidden_act":"silu",
             "rms_norm_eps":1E-05,"rope_theta":500000.0,"rope_scaling":null,"attention_bias":false,"mlp_bias":false,"attention_dropout":0.0,
             "initializer_range":0.1,"tie_word_embeddings":false,"use_cache":true,"torch_dtype":"float32",
             "bos_token_id":null,"eos_token_id":null,"pad_token_id":null}
            """);
        AssertJson(folder["gpt2", "generation_config.json"], """{"eos_token_id":3}""");
    }

    [Test]
    public void The_tokenizer_is_copied_and_its_special_tokens_are_named()
    {
        using var folder = new TempFolder();
        using var model = Build(Configs[0]);
        File.WriteAllText(folder["tok.json"], """{"added_tokens":[{"id":60,"content":"<|end|>"},{"id":59,"content":"<|pad|>"}],"model":{"vocab":{"a":0,"b":58}}}""");

        HuggingFaceFolderWriter.Write(folder["out"], model, Configs[0], new HuggingFaceExport { TokenizerPath = folder["tok.json"], EosTokenId = 60, PadTokenId = 59 });

        Assert.That(File.ReadAllBytes(folder["out", "tokenizer.json"]), Is.EqualTo(File.ReadAllBytes(folder["tok.json"])));
        AssertJson(folder["out", "tokenizer_config.json"], """
            {"tokenizer_class":"PreTrainedTokenizerFast","model_max_length":24,"clean_up_tokenization_spaces":false,"eos_token":"<|end|>","pad_token":"<|pad|>"}
            """);
        var reader = HuggingFaceFolderReader.Open(folder["out"]);
        Assert.That(reader.TokenizerPath, Is.EqualTo(folder["out", "tokenizer.json"]));
        Assert.That((reader.BosTokenId, reader.EosTokenIds), Is.EqualTo((null as int?, new[] { 60 })));
    }

    [TestCase("""{"model":{"vocab":{"a":61}}}""", null, "The tokenizer's ids go up to '61' but the model's vocab_size is 61; export with the tokenizer the model was trained with.")]
    [TestCase("""{"model":{"vocab":[["a",0],["b",1]]},"added_tokens":[{"id":2,"content":"<s>"}]}""", 1, "'eos_token_id' is '1', which is none of the tokenizer's added tokens (2); name one of them or none.")]
    [TestCase("""{"model":{}}""", null, "The tokenizer cannot be read: ")]
    [TestCase("[]", null, "The tokenizer cannot be read: ")]
    [TestCase("{", null, "The tokenizer cannot be read: ")]
    public void A_tokenizer_that_does_not_fit_is_refused_and_leaves_nothing_behind(string tokenizer, int? end, string message)
    {
        using var folder = new TempFolder();
        using var model = Build(Configs[0]);
        File.WriteAllText(folder["tok.json"], tokenizer);
        var export = new HuggingFaceExport { TokenizerPath = folder["tok.json"], EosTokenId = end };

        var thrown = Assert.Throws<CheckpointException>(() => HuggingFaceFolderWriter.Write(folder["out"], model, Configs[0], export));

        Assert.That(thrown.Message, Does.StartWith($"{folder["tok.json"]}: {message}"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { folder["tok.json"] }));
    }

    [Test]
    public void A_folder_that_exists_is_left_alone()
    {
        using var folder = new TempFolder();
        using var model = Build(Configs[0]);
        Directory.CreateDirectory(folder["out"]);

        Assert.That(() => HuggingFaceFolderWriter.Write(folder["out"], model, Configs[0], new HuggingFaceExport()), Throws.TypeOf<CheckpointException>()
            .With.Message.EndsWith("The folder exists already; remove it or export under another name."));
        Assert.That(Directory.GetFileSystemEntries(folder["out"]), Is.Empty);
    }

    [Test]
    public void A_model_of_another_configuration_is_not_exported()
    {
        using var folder = new TempFolder();
        using var model = Build(Configs[0]);

        Assert.That(() => HuggingFaceFolderWriter.Write(folder["out"], model, Configs[1], new HuggingFaceExport()), Throws.ArgumentException);
        Assert.That(() => HuggingFaceFolderWriter.Write(folder["out"], model, Configs[0], new HuggingFaceExport { BosTokenId = 61 }), Throws.ArgumentException
            .With.Message.StartsWith("'bos_token_id' is '61' but must be 0 or more and below vocab_size (61)."));
        Assert.That(Directory.Exists(folder["out"]), Is.False);
    }

    private static DecoderModel Build(DecoderConfig config) => new(config.ToSpec(0), RandomKey.FromSeed(3), Kernels);

    private static JsonNode Config(string folder) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!;

    private static Tensor Logits(DecoderModel model)
    {
        using var recording = torch.no_grad();
        var ids = torch.arange(40).view(2, 20);
        return model.Logits(model.Hidden(ids));
    }

    private static long WeightBytes(string path)
    {
        using var reader = SafetensorsReader.Open(path);
        return reader.Entries.Sum(entry => entry.Length);
    }

    private static void AssertJson(string path, string expected)
    {
        using var found = JsonDocument.Parse(File.ReadAllText(path));
        using var wanted = JsonDocument.Parse(expected);
        Assert.That(JsonElement.DeepEquals(found.RootElement, wanted.RootElement), Is.True, found.RootElement.GetRawText());
    }
}
