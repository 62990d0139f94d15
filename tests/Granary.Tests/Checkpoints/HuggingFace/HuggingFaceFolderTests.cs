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

/// <summary>Writer and reader against each other, and both against folders made of the golden weights.</summary>
public sealed class HuggingFaceFolderTests
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
    public void Golden_weights_give_the_golden_logits(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TempFolder();
        using var golden = new GoldenModel(name);
        WriteGolden(golden, folder.Path);

        using var model = HuggingFaceFolderReader.Open(folder.Path).ReadModel(Kernels);

        AssertGolden(golden, model);
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

    [TestCase("transformer.", "", Description = "the names of a model without its head")]
    [TestCase("transformer.", "transformer.", Description = "the names as they are")]
    public void Older_exports_with_masks_and_without_prefix_are_read(string prefix, string written)
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TempFolder();
        using var golden = new GoldenModel("gpt2-tied");
        WriteGolden(golden, folder.Path, rename: name => written + name[prefix.Length..], add: writer =>
        {
            writer.Add($"{written}h.0.attn.bias", "U8", [1, 1, 32, 32], new byte[1_024]);
            writer.Add($"{written}h.0.attn.masked_bias", "F32", [], new byte[4]);
        });

        using var model = HuggingFaceFolderReader.Open(folder.Path).ReadModel(Kernels);

        AssertGolden(golden, model);
    }

    [Test]
    public void A_tied_head_may_be_stored_again_but_not_another_one()
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TempFolder();
        using var golden = new GoldenModel("llama-mha-tied");
        var table = golden.Tensor("parameters.model.embed_tokens.weight").bytes.ToArray();
        WriteGolden(golden, folder.Path, add: writer => writer.Add("lm_head.weight", "F32", [97, 32], table));

        using var model = HuggingFaceFolderReader.Open(folder.Path).ReadModel(Kernels);
        AssertGolden(golden, model);

        var other = (byte[])table.Clone();
        other[^1] ^= 1;
        WriteGolden(golden, folder.Path, add: writer => writer.Add("lm_head.weight", "F32", [97, 32], other));
        Assert.That(() => HuggingFaceFolderReader.Open(folder.Path).ReadModel(Kernels), Throws.TypeOf<CheckpointException>()
            .With.Message.Contains("'lm_head.weight' differs from the embedding although 'tie_word_embeddings' is true"));
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

    [TestCase("llama-gqa", """{"model_type":"mixtral"}""", "'model_type' is 'mixtral' but must be 'gpt2' or 'llama'; other models are not supported.")]
    [TestCase("llama-gqa", """{"model_type":null}""", "'model_type' is 'absent' but must be 'gpt2' or 'llama'; other models are not supported.")]
    [TestCase("llama-gqa", """{"rope_scaling":{"rope_type":"llama3","factor":8.0}}""", "'rope_scaling' is '{\"rope_type\":\"llama3\",\"factor\":8.0}' but must be absent, null or of the rope_type 'default' with nothing but a rope_theta.")]
    [TestCase("llama-gqa", """{"rope_scaling":{"type":"linear","factor":2.0}}""", "'rope_scaling' is '{\"type\":\"linear\",\"factor\":2.0}' but must be absent, null or of the rope_type 'default' with nothing but a rope_theta.")]
    [TestCase("llama-gqa", """{"sliding_window":4096}""", "'sliding_window' is '4096' but must be absent or null.")]
    [TestCase("llama-gqa", """{"num_local_experts":8}""", "'num_local_experts' is '8' but must be absent or null.")]
    [TestCase("llama-gqa", """{"mlp_bias":true}""", "'mlp_bias' is 'true' but must be false or absent.")]
    [TestCase("llama-gqa", """{"head_dim":16}""", "'head_dim' is '16' but must be 8 or absent.")]
    [TestCase("llama-gqa", """{"hidden_act":"gelu"}""", "'hidden_act' is 'gelu' but must be 'silu'.")]
    [TestCase("llama-gqa", """{"vocab_size":null}""", "'vocab_size' is missing but must be a whole number of 1 or more.")]
    [TestCase("llama-gqa", """{"vocab_size":"97"}""", "'vocab_size' is '97' but must be a whole number of 1 or more.")]
    [TestCase("llama-gqa", """{"num_key_value_heads":3}""", "'num_key_value_heads' is '3' but must be 0 (as many as query heads) or a divisor of num_attention_heads (4).")]
    [TestCase("llama-gqa", """{"eos_token_id":[1,-2]}""", "'eos_token_id' is '[1,-2]' but must be a token id, a list of them, or null.")]
    [TestCase("gpt2-tied", """{"scale_attn_by_inverse_layer_idx":true,"activation_function":"relu"}""", "'scale_attn_by_inverse_layer_idx' is 'true' but must be false or absent. 'activation_function' is 'relu' but must be 'gelu_new' or 'gelu_pytorch_tanh' or 'gelu'.")]
    [TestCase("gpt2-tied", """{"add_cross_attention":true}""", "'add_cross_attention' is 'true' but must be false or absent.")]
    public void What_the_models_cannot_compute_is_refused(string name, string change, string message)
    {
        using var folder = new TempFolder();
        using var golden = new GoldenModel(name);
        WriteConfig(golden, folder.Path, change);

        var thrown = Assert.Throws<CheckpointException>(() => HuggingFaceFolderReader.Open(folder.Path));

        Assert.That(thrown.Message, Is.EqualTo($"{folder["config.json"]}: {message}"));
        Assert.That(thrown.Path, Is.EqualTo(folder["config.json"]));
    }

    [TestCase("""{"rope_parameters":{"rope_type":"default","rope_theta":500000.0}}""", 500_000, Description = "where later versions write it")]
    [TestCase("""{"rope_scaling":{"rope_type":"default"}}""", 10_000)]
    [TestCase("""{"rope_scaling":null,"rope_theta":20000}""", 20_000)]
    public void The_base_of_the_angles_is_found(string change, double expected)
    {
        using var folder = new TempFolder();
        using var golden = new GoldenModel("llama-gqa");
        WriteConfig(golden, folder.Path, change);

        Assert.That(HuggingFaceFolderReader.Open(folder.Path).Spec.RopeTheta, Is.EqualTo(expected));
    }

    [Test]
    public void Settings_that_are_not_used_are_listed()
    {
        using var folder = new TempFolder();
        using var golden = new GoldenModel("gpt2-tied");
        WriteConfig(golden, folder.Path, """{"resid_pdrop":0.1,"attn_pdrop":0.0,"summary_type":"cls_index","colour":"blue","eos_token_id":[5,6]}""");
        File.WriteAllText(folder["generation_config.json"], """{"eos_token_id":[7,8]}""");

        var reader = HuggingFaceFolderReader.Open(folder.Path);

        Assert.That(reader.Warnings, Is.EqualTo(new[] { "'resid_pdrop' is '0.1', which Granary does not use.", "'colour' is 'blue', which Granary does not use." }));
        Assert.That(reader.EosTokenIds, Is.EqualTo(new[] { 7, 8 }));
    }

    [Test]
    public void Missing_and_unknown_tensors_are_named_together()
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TempFolder();
        using var golden = new GoldenModel("llama-gqa");
        WriteGolden(golden, folder.Path, rename: name => name.Replace("layers.1.mlp", "layers.2.mlp", StringComparison.Ordinal));

        var thrown = Assert.Throws<CheckpointException>(() => HuggingFaceFolderReader.Open(folder.Path).ReadModel(Kernels));

        Assert.That(thrown.Message, Does.Contain("missing 'model.layers.1.mlp.gate_proj.weight', 'model.layers.1.mlp.up_proj.weight', 'model.layers.1.mlp.down_proj.weight'; not known 'model.layers.2.mlp."));
        Assert.That(thrown.Message, Does.EndWith("A 'llama' of this configuration has 21 tensors, from 'model.embed_tokens.weight' to 'lm_head.weight'."));
    }

    [Test]
    public void A_wrong_shape_or_type_is_named_and_the_model_stays_as_it_was()
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TempFolder();
        using var golden = new GoldenModel("llama-gqa");
        using var model = golden.Build(Kernels);
        var before = Logits(model);
        WriteGolden(golden, folder.Path, rename: name => name == "lm_head.weight" ? "other" : name, add: writer => writer.Add("lm_head.weight", "F32", [32, 97], new byte[97 * 32 * 4]), without: "other");
        var reader = HuggingFaceFolderReader.Open(folder.Path);

        var shape = Assert.Throws<CheckpointException>(() => reader.ReadInto(model));
        WriteGolden(golden, folder.Path, rename: name => name == "lm_head.weight" ? "other" : name, add: writer => writer.Add("lm_head.weight", "I32", [97, 32], new byte[97 * 32 * 4]), without: "other");
        var type = Assert.Throws<CheckpointException>(() => reader.ReadInto(model));

        Assert.That(shape.Message, Does.EndWith("Tensor 'lm_head.weight' has the shape [32, 97] but must be [97, 32] by config.json."));
        Assert.That(type.Message, Does.EndWith("Tensor 'lm_head.weight' has the dtype 'I32' but weights must be F32, BF16, F16, F64."));
        Assert.That(Logits(model).equal(before), Is.True);
    }

    [Test]
    public void A_folder_without_safetensors_says_what_it_lacks()
    {
        using var folder = new TempFolder();
        using var golden = new GoldenModel("llama-gqa");
        WriteConfig(golden, folder.Path, "{}");
        var reader = HuggingFaceFolderReader.Open(folder.Path);

        Assert.That(() => reader.ReadModel(Kernels), Throws.TypeOf<CheckpointException>().With.Message.Contains("holds neither 'model.safetensors' nor 'model.safetensors.index.json'"));
        File.WriteAllText(folder["pytorch_model.bin"], string.Empty);
        Assert.That(() => reader.ReadModel(Kernels), Throws.TypeOf<CheckpointException>().With.Message.Contains("The weights are a pickle ('pytorch_model.bin')"));
    }

    [TestCase("""{"weight_map":{"a":"../model-1.safetensors"}}""", "Tensor 'a' is in '\"../model-1.safetensors\"' but must be in a .safetensors file of the same folder.")]
    [TestCase("""{"weight_map":{"a":3}}""", "Tensor 'a' is in '3' but must be in a .safetensors file of the same folder.")]
    [TestCase("""{"weight_map":[]}""", "'weight_map' is missing but must be an object of tensor names and file names.")]
    [TestCase("""{"weight_map":{},"weight_map":{}}""", "The file cannot be read: ")]
    [TestCase("[]", "The file must hold a JSON object.")]
    public void A_broken_index_is_refused(string index, string message)
    {
        using var folder = new TempFolder();
        using var golden = new GoldenModel("llama-gqa");
        WriteConfig(golden, folder.Path, "{}");
        File.WriteAllText(folder["model.safetensors.index.json"], index);

        Assert.That(() => HuggingFaceFolderReader.Open(folder.Path).ReadModel(Kernels), Throws.TypeOf<CheckpointException>()
            .With.Message.StartsWith($"{folder["model.safetensors.index.json"]}: {message}"));
    }

    [Test]
    public void An_index_that_contradicts_its_files_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TempFolder();
        using var model = Build(Configs[2]);
        HuggingFaceFolderWriter.Write(folder["out"], model, Configs[2], new HuggingFaceExport { MaxShardBytes = 20_000 });
        var path = folder["out", "model.safetensors.index.json"];
        var index = JsonNode.Parse(File.ReadAllText(path))!;
        var reader = HuggingFaceFolderReader.Open(folder["out"]);
        var home = (string)index["weight_map"]!["model.norm.weight"]!;

        index["weight_map"]!["model.norm.weight"] = (string)index["weight_map"]!["model.embed_tokens.weight"]!;
        File.WriteAllText(path, index.ToJsonString());
        Assert.That(() => reader.ReadModel(Kernels), Throws.TypeOf<CheckpointException>().With.Message.Contains($"Tensor 'model.norm.weight' is in '{home}' but"));

        index["weight_map"]!["model.norm.weight"] = home;
        index["weight_map"]!["more"] = home;
        File.WriteAllText(path, index.ToJsonString());
        Assert.That(() => reader.ReadModel(Kernels), Throws.TypeOf<CheckpointException>().With.Message.EndsWith($"Tensor 'more' is not in '{home}' although 'model.safetensors.index.json' says so; copy the whole folder again."));
    }

    [TestCase("{", Description = "cut short")]
    [TestCase("""{"model_type":"gpt2","model_type":"llama"}""", Description = "a key twice")]
    [TestCase("""["gpt2"]""", Description = "no object")]
    public void A_configuration_that_is_not_readable_is_refused_with_its_path(string text)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["config.json"], text);

        var thrown = Assert.Throws<CheckpointException>(() => HuggingFaceFolderReader.Open(folder.Path));

        Assert.That(thrown.Path, Is.EqualTo(folder["config.json"]));
    }

    private static DecoderModel Build(DecoderConfig config) => new(config.ToSpec(0), RandomKey.FromSeed(3), Kernels);

    private static Tensor Logits(DecoderModel model)
    {
        using var recording = torch.no_grad();
        var ids = torch.arange(40).view(2, 20);
        return model.Logits(model.Hidden(ids));
    }

    private static void AssertGolden(GoldenModel golden, DecoderModel model)
    {
        using var recording = torch.no_grad();
        using var expected = golden.Build(Kernels);
        var logits = model.Logits(model.Hidden(golden.Tensor("ids")));
        var truth = golden.Tensor("logits").view(logits.shape);

        // Four times what PyTorch's own fp32 run deviates by.
        Assert.That((logits - truth).abs().max().item(), Is.LessThanOrEqualTo(2e-6 * truth.abs().max().item()));
        Assert.That(logits.equal(expected.Logits(expected.Hidden(golden.Tensor("ids")))), Is.True);
    }

    private static void WriteGolden(GoldenModel golden, string folder, Func<string, string>? rename = null, Action<SafetensorsWriter>? add = null, string? without = null)
    {
        WriteConfig(golden, folder, "{}");
        var writer = new SafetensorsWriter();
        foreach (var name in golden.ParameterNames)
        {
            var tensor = golden.Tensor($"parameters.{name}");
            var written = rename is null ? name : rename(name);
            if (written != without)
            {
                writer.Add(written, "F32", tensor.shape, tensor.bytes.ToArray());
            }
        }

        add?.Invoke(writer);
        writer.Write(Path.Combine(folder, "model.safetensors"));
    }

    private static void WriteConfig(GoldenModel golden, string folder, string change)
    {
        var config = JsonNode.Parse(golden.ConfigText)!.AsObject();
        foreach (var (key, value) in JsonNode.Parse(change)!.AsObject())
        {
            config[key] = value?.DeepClone();
        }

        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
    }

    private static JsonNode Config(string folder) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!;

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
