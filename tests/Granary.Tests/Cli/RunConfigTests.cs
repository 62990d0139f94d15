using Granary.Core.Configuration;

namespace Granary.Cli.Tests;

public sealed class RunConfigTests
{
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
