namespace Granary.EndToEnd.Tests;

public sealed class ParquetTests
{
    [Test]
    public void Shards_are_the_same_whether_the_texts_came_as_Parquet_or_as_JSON_lines()
    {
        using var parquet = ParquetRun.Write();
        using var lines = new TinyRun();

        var result = parquet.Granary("decompose", TinyRun.Config);

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(lines.Granary("decompose", TinyRun.Config).ExitCode, Is.Zero);
        Assert.That(Manifest(parquet), Is.EqualTo(Manifest(lines)));

        static string Manifest(TinyRun run)
        {
            return File.ReadAllText(run["runs", "tiny", "stages", "decompose", "manifest.json"]);
        }
    }
}
