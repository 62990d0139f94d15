using System.Text;
using Granary.Checkpoints.HuggingFace;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Data.Tokenization;
using Granary.Models.Decoder;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Pipelines.Climb.Embedding;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Cli.Mixtures.Tests;

public sealed class HiddenStateEmbedderTests
{
    private static readonly string TokenizerPath = Repository.PathOf("tests", "golden", "tokenizer", "trained.json");
    private static readonly string[] Texts = ["one", "one two three and a longer text than the others, which goes on beyond what is read of it", "", "two, and so on", "three"];

    [Test]
    public void Vector_is_the_mean_of_the_last_hidden_states([Values(1, 3)] int threads)
    {
        using var folder = new TempFolder();
        using var scope = torch.NewDisposeScope();
        using var model = Export(folder.Path);
        var config = new HiddenStateConfig { Model = folder["model"], MaxTokens = 12, DocumentsPerCall = 2 };

        using var embedder = config.Create(threads);
        var rows = embedder.Embed([.. Texts.Select(text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))], CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(embedder.Dimensions, Is.EqualTo(32));
            Assert.That(rows, Is.EqualTo(Texts.SelectMany(text => MeanState(model, text))).Within(1e-4f));
        });
    }

    [Test]
    public void Section_that_names_the_type_is_this_record()
    {
        Assert.That(ConfigVariants.Of(typeof(EmbeddingConfig)).Keys, Is.EquivalentTo(new[] { "hashed-ngrams", "hidden-state", "torchscript" }));
    }

    [Test]
    public void Identity_follows_the_weights()
    {
        using var folder = new TempFolder();
        using var scope = torch.NewDisposeScope();
        Export(folder.Path).Dispose();
        var config = new HiddenStateConfig { Model = folder["model"] };
        var before = config.Identity;

        var weights = Path.Combine(folder["model"], "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);

        Assert.That(config.Identity, Is.Not.EqualTo(before));
    }

    private static DecoderModel Export(string folder)
    {
        var tokenizer = Tokenizer.Load(TokenizerPath);
        var config = new LlamaConfig { VocabSize = tokenizer.VocabularySize, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 24, InitializerRange = 0.2 };
        var model = (DecoderModel)config.Build(tokenizer.VocabularySize, ahead: null, RandomKey.FromSeed(3), new ComposedKernels());
        HuggingFaceFolderWriter.Write(Path.Combine(folder, "model"), model, config, new HuggingFaceExport());
        tokenizer.Save(Path.Combine(folder, "model", "tokenizer.json"));
        return model;
    }

    private static float[] MeanState(DecoderModel model, string text)
    {
        var buffer = new TokenBuffer();
        Tokenizer.Load(TokenizerPath).CreateEncoder().Encode(Encoding.UTF8.GetBytes(text), buffer);
        var ids = buffer.ToArray().Take(12).Select(id => (long)id).ToArray();
        return ids.Length == 0 ? new float[32] : model.Hidden(torch.tensor<long>(ids, [1, ids.Length])).mean([0]).to_array<float>();
    }
}
