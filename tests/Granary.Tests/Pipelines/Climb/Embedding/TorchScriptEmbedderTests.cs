using System.Text;
using Granary.Core;
using Granary.Core.Configuration;
using Granary.Data.Tokenization;
using Granary.Testing;

namespace Granary.Pipelines.Climb.Embedding.Tests;

public sealed class TorchScriptEmbedderTests
{
    private static readonly string TokenizerPath = Repository.PathOf("tests", "golden", "tokenizer", "trained.json");
    private static readonly string[] Texts = ["one", "one two three and a longer text than the others", "", "two, and so on"];

    [Test]
    public void Vectors_a_token_are_averaged_without_padding([Values(1, 2)] int threads)
    {
        using var embedder = Config("tokens.pt").Create(threads);

        var rows = embedder.Embed(Bytes(), CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(embedder.Dimensions, Is.EqualTo(4));
            Assert.That(rows, Is.EqualTo(Texts.SelectMany(text => Expected(text, int.MaxValue, isMean: true))).Within(1e-5f));
        });
    }

    [Test]
    public void Vectors_a_document_are_taken_as_they_are()
    {
        using var embedder = Config("documents.pt").Create(2);

        var rows = embedder.Embed(Bytes(), CancellationToken.None);

        Assert.That(rows, Is.EqualTo(Texts.SelectMany(text => Expected(text, int.MaxValue, isMean: false))).Within(1e-5f));
    }

    [Test]
    public void Tokens_behind_the_most_are_not_seen()
    {
        using var embedder = (Config("documents.pt") with { MaxTokens = 2 }).Create(1);

        var rows = embedder.Embed(Bytes(), CancellationToken.None);

        Assert.That(rows, Is.EqualTo(Texts.SelectMany(text => Expected(text, 2, isMean: false))).Within(1e-5f));
    }

    [TestCase(new long[] { 2, 8 }, null, Description = "a vector a document")]
    [TestCase(new long[] { 2, 5, 8 }, null, Description = "a vector a token")]
    [TestCase(new long[] { 1, 8 }, "'[1, 8]'", Description = "too few documents")]
    [TestCase(new long[] { 2, 4, 8 }, "'[2, 4, 8]'", Description = "too few tokens")]
    [TestCase(new long[] { 2, 9 }, "must return [documents, 8]", Description = "another width than at first")]
    [TestCase(new long[] { 16 }, "'[16]'", Description = "one vector for all")]
    public void A_module_s_answer_has_the_shape_of_the_question(long[] shape, string? fault)
    {
        Assert.That(TorchScriptEmbedder.FaultOf(shape, documents: 2, tokens: 5, dimensions: 8), fault is null ? Is.Null : Does.Contain(fault));
    }

    [Test]
    public void File_that_is_no_module_is_one_sentence()
    {
        var config = Config("make_modules.cpp");

        Assert.That(() => config.Create(1), Throws.TypeOf<CorpusException>().With.Message.Contains("cannot be read"));
    }

    [Test]
    public void A_missing_file_is_asked_for_when_it_is_read()
    {
        var (errors, config) = (new ConfigurationErrors(), Config("none.pt"));

        config.Validate("mix.embedding", errors);

        Assert.That(errors.Errors, Is.Empty, "a finished run is opened without the file");
        Assert.That(() => config.Identity, Throws.TypeOf<ConfigurationException>().With.Message.Contains("none.pt"));
    }

    private static TorchScriptConfig Config(string module)
    {
        return new TorchScriptConfig { Module = Repository.PathOf("tests", "golden", "torchscript", module), Tokenizer = TokenizerPath, DocumentsPerCall = 2 };
    }

    private static List<ReadOnlyMemory<byte>> Bytes()
    {
        return [.. Texts.Select(text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))];
    }

    // Token i stands for the row i % 16 of a table whose element [r, c] is sin(1 + 4 r + c).
    private static IEnumerable<float> Expected(string text, int maxTokens, bool isMean)
    {
        var buffer = new TokenBuffer();
        Tokenizer.Load(TokenizerPath).CreateEncoder().Encode(Encoding.UTF8.GetBytes(text), buffer);
        var ids = buffer.ToArray().Take(maxTokens).ToList();
        return Enumerable.Range(0, 4).Select(column => ids.Sum(id => MathF.Sin(1 + (4 * (id % 16)) + column)) / (isMean ? Math.Max(1, ids.Count) : 1));
    }
}
