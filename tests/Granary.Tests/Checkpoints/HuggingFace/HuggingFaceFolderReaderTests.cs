using System.Text.Json.Nodes;
using Granary.Models.Decoder;
using Granary.Models.Decoder.Tests;
using Granary.Models.Layers;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Checkpoints.HuggingFace.Tests;

/// <summary>Folders made of the golden weights, whole and broken in every way.</summary>
public sealed class HuggingFaceFolderReaderTests
{
    private static readonly ComposedKernels Kernels = new();

    [TestCaseSource(typeof(GoldenModel), nameof(GoldenModel.Names))]
    public void Golden_weights_give_the_golden_logits(string name)
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TempFolder();
        using var golden = new GoldenModel(name);
        GoldenFolder.Write(golden, folder.Path);

        using var model = HuggingFaceFolderReader.Open(folder.Path).ReadModel(Kernels);

        AssertGolden(golden, model);
    }

    [TestCase("transformer.", "", Description = "the names of a model without its head")]
    [TestCase("transformer.", "transformer.", Description = "the names as they are")]
    public void Older_exports_with_masks_and_without_prefix_are_read(string prefix, string written)
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TempFolder();
        using var golden = new GoldenModel("gpt2-tied");
        GoldenFolder.Write(golden, folder.Path, rename: name => written + name[prefix.Length..], add: writer =>
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
        GoldenFolder.Write(golden, folder.Path, add: writer => writer.Add("lm_head.weight", "F32", [97, 32], table));

        using var model = HuggingFaceFolderReader.Open(folder.Path).ReadModel(Kernels);
        AssertGolden(golden, model);

        var other = (byte[])table.Clone();
        other[^1] ^= 1;
        GoldenFolder.Write(golden, folder.Path, add: writer => writer.Add("lm_head.weight", "F32", [97, 32], other));
        Assert.That(() => HuggingFaceFolderReader.Open(folder.Path).ReadModel(Kernels), Throws.TypeOf<CheckpointException>()
            .With.Message.Contains("'lm_head.weight' differs from the embedding although 'tie_word_embeddings' is true"));
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
        GoldenFolder.WriteConfig(golden, folder.Path, change);

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
        GoldenFolder.WriteConfig(golden, folder.Path, change);

        Assert.That(HuggingFaceFolderReader.Open(folder.Path).Spec.RopeTheta, Is.EqualTo(expected));
    }

    [Test]
    public void Settings_that_are_not_used_are_listed()
    {
        using var folder = new TempFolder();
        using var golden = new GoldenModel("gpt2-tied");
        GoldenFolder.WriteConfig(golden, folder.Path, """{"resid_pdrop":0.1,"attn_pdrop":0.0,"summary_type":"cls_index","colour":"blue","eos_token_id":[5,6]}""");
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
        GoldenFolder.Write(golden, folder.Path, rename: name => name.Replace("layers.1.mlp", "layers.2.mlp", StringComparison.Ordinal));

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
        GoldenFolder.Write(golden, folder.Path, rename: name => name == "lm_head.weight" ? "other" : name, add: writer => writer.Add("lm_head.weight", "F32", [32, 97], new byte[97 * 32 * 4]), without: "other");
        var reader = HuggingFaceFolderReader.Open(folder.Path);

        var shape = Assert.Throws<CheckpointException>(() => reader.ReadInto(model));
        GoldenFolder.Write(golden, folder.Path, rename: name => name == "lm_head.weight" ? "other" : name, add: writer => writer.Add("lm_head.weight", "I32", [97, 32], new byte[97 * 32 * 4]), without: "other");
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
        GoldenFolder.WriteConfig(golden, folder.Path, "{}");
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
        GoldenFolder.WriteConfig(golden, folder.Path, "{}");
        File.WriteAllText(folder["model.safetensors.index.json"], index);

        Assert.That(() => HuggingFaceFolderReader.Open(folder.Path).ReadModel(Kernels), Throws.TypeOf<CheckpointException>()
            .With.Message.StartsWith($"{folder["model.safetensors.index.json"]}: {message}"));
    }

    [Test]
    public void An_index_that_contradicts_its_files_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TempFolder();
        using var golden = new GoldenModel("llama-gqa");
        using var model = golden.Build(Kernels);
        HuggingFaceFolderWriter.Write(folder["out"], model, golden.Config, new HuggingFaceExport { MaxShardBytes = 20_000 });
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

    private static Tensor Logits(DecoderModel model)
    {
        using var recording = torch.no_grad();
        var ids = torch.arange(40).view(2, 20);
        return model.Logits(model.Hidden(ids));
    }
}
