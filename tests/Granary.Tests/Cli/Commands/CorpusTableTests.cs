using Granary.Pipelines.Corpus;

namespace Granary.Cli.Commands.Tests;

public sealed class CorpusTableTests
{
    [Test]
    public void A_report_is_a_table_by_source_and_what_was_left_out_with_its_places()
    {
        var report = new CorpusReport(
        [
            new SourceReport
            {
                Name = "a",
                FilesListed = 12,
                FilesRead = 3,
                Documents = 1234,
                Bytes = 5_678_901,
                HeldOutDocuments = 25,
                Dropped = new Dictionary<string, DropReport>
                {
                    ["duplicate"] = new(1000, 20_000, ["x.jsonl, line 7 (byte 90)"]),
                    ["no-text"] = new(2, 30, ["y.jsonl, line 1 (byte 0): The field is missing.", "y.jsonl, line 2 (byte 15): The field is missing."]),
                },
            },
            new SourceReport { Name = "letters", FilesListed = 1, FilesRead = 1, Documents = 5, Bytes = 60 },
        ]);

        Assert.That(CorpusTable.Lines(report), Is.EqualTo(new[]
        {
            "source     files  documents      bytes  held out  left out",
            "a        3 of 12      1,234  5,678,901        25     1,002",
            "letters        1          5         60         0         0",
            "left out of a, duplicate: 1,000 of 20,000 bytes; the first:",
            "  x.jsonl, line 7 (byte 90)",
            "left out of a, no-text: 2 of 30 bytes; the first:",
            "  y.jsonl, line 1 (byte 0): The field is missing.",
            "  y.jsonl, line 2 (byte 15): The field is missing.",
        }));
    }
}
