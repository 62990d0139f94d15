using Granary.Core.Configuration;

namespace Granary.Cli.Tests;

public sealed class RunConfigTests
{
    private const string Corpus = "name: run\ncorpus: {sources: [{name: a, type: text, paths: [a.txt]}]}\n";

    [TestCase("batching: {type: best-fit, row_length: 2048}", "'batching.row_length' is '2048' (line 3) but must be at most model.max_position_embeddings (1024)")]
    [TestCase("batching: {type: skyladder, row_length: 1024, tokens_per_step: 1536}", "'batching.tokens_per_step' is '1536' (line 3) but must be a multiple of row_length (1024)")]
    [TestCase("batching: {type: document-masking, cycles: 2}", "cycles")]
    [TestCase("batching: {type: best-fits}", "best-fit")]
    [TestCase("batching: {tokens_per_step: 1536}", "a multiple of the longest row, 2^decomposition.max_exponent = 1024")]
    public void Rows_that_do_not_fit_are_refused(string section, string fault)
    {
        var thrown = Assert.Throws<ConfigurationException>(() => ConfigurationFile.Parse<RunConfig>(Corpus + section + "\n", "run.yaml"));

        Assert.That(thrown.Errors, Has.One.Contains(fault));
    }

    [Test]
    public void Packed_rows_need_not_be_as_long_as_the_longest_piece()
    {
        var config = ConfigurationFile.Parse<RunConfig>(Corpus + "batching: {type: concat-and-chunk, row_length: 256, tokens_per_step: 768}\nmodel: {type: llama, max_position_embeddings: 512}\n", "run.yaml");

        Assert.That(config.Batching.TokensPerStep, Is.EqualTo(768));
    }

    [TestCase("source_weights: {notes: 2, web: 1}", "")]
    [TestCase("max_epochs_by_source: {web: 3}", "", Description = "limits may be for some sources")]
    [TestCase("source_weights: {note: 2, notes: 1, web: 1}", "'batching.source_weights.note' is '2'")]
    [TestCase("source_weights: {web: 1}", "notes has no weight")]
    [TestCase("max_epochs_by_source: {note: 3}", "'batching.max_epochs_by_source.note' is '3'")]
    [TestCase("phases: [{until: 0.5}, {source_weights: {web: 1}}]", "'batching.phases.1.source_weights' is 'for web'")]
    public void Weights_name_the_sources_of_the_corpus(string batching, string fault)
    {
        var yaml = $$"""
            name: mine
            corpus:
              sources:
                - {name: notes, type: jsonl, paths: ["notes.jsonl"]}
                - {name: web, type: jsonl, paths: ["web.jsonl"]}
            batching: {{{batching}}}
            """;

        string Read()
        {
            try
            {
                return ConfigurationFile.Parse<RunConfig>(yaml, "test").Name;
            }
            catch (ConfigurationException exception)
            {
                return exception.Message;
            }
        }

        Assert.That(Read(), fault.Length == 0 ? Is.EqualTo("mine") : Does.Contain(fault));
    }
}
