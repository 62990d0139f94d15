using System.Text;

namespace Granary.Pipelines.Native.DuckDb.Tests;

public sealed class DuckDbConnectionTests
{
    [TestCase("", Description = "nothing")]
    [TestCase("short", Description = "in place")]
    [TestCase("twelve bytes", Description = "the longest in place")]
    [TestCase("thirteen byte", Description = "the shortest elsewhere")]
    [TestCase("naïve — 雪 — it's 😀", Description = "text of several bytes a letter")]
    public void A_string_is_read_as_it_was_given(string text)
    {
        Assert.That(DuckDbSample.Text($"SELECT {DuckDbConnection.Quote(text)}"), Is.EqualTo(text));
    }

    [Test]
    public void Rows_come_in_chunks_with_their_nulls()
    {
        using var connection = DuckDbSample.Connect();
        using var rows = connection.Query("SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE 'row ' || i || repeat('x', i % 20) END FROM range(5000) t(i)");
        var (next, chunks) = (0L, 0);

        for (; rows.Next(); chunks++)
        {
            for (var row = 0; row < rows.Count; row++, next++)
            {
                Assert.That(rows.Column(0).Int64(row), Is.EqualTo(next));
                Assert.That(rows.Column(1).Text(row), Is.EqualTo(next % 3 == 0 ? null : $"row {next}{new string('x', (int)next % 20)}"));
            }
        }

        Assert.That((next, chunks), Is.EqualTo((5000, 3)));
    }

    [Test]
    public void A_blob_keeps_every_byte()
    {
        using var connection = DuckDbSample.Connect();
        using var rows = connection.Query(@"SELECT '\x00\xFF\xC3\x28'::BLOB");

        Assert.That(rows.Next(), Is.True);

        Assert.That(rows.Column(0).Bytes(0).ToArray(), Is.EqualTo(new byte[] { 0, 0xFF, 0xC3, 0x28 }));
    }

    [TestCase("SELEC 1", "Parser Error: syntax error at or near \"SELEC\"", Description = "when it is prepared")]
    [TestCase("SELECT * FROM none", "Catalog Error: Table with name none does not exist", Description = "when it is bound")]
    [TestCase("SELECT error('of its own')", "Invalid Input Error: of its own", Description = "in the first chunk")]
    public void A_refused_query_is_one_line_in_DuckDB_s_words(string sql, string expected)
    {
        using var connection = DuckDbSample.Connect();

        var error = Assert.Throws<DuckDbException>(() => connection.Execute(sql));

        Assert.That(error.Message, Does.StartWith(expected).And.Not.Contain("\n"));
    }

    [Test]
    public void A_query_that_fails_on_the_way_gives_what_came_before()
    {
        using var connection = DuckDbSample.Connect();
        using var rows = connection.Query("SELECT CASE WHEN i = 400000 THEN error('late') ELSE repeat('x', 100) END FROM range(1000000) t(i)");
        var seen = 0;

        var error = Assert.Throws<DuckDbException>(() =>
        {
            while (rows.Next())
            {
                seen += rows.Count;
            }
        });

        Assert.That(error.Message, Does.Contain("late"));
        Assert.That(seen, Is.InRange(1, 400_000));
    }

    [Test]
    public void Rows_left_early_can_be_followed_by_another_query()
    {
        using var connection = DuckDbSample.Connect();
        using (var rows = connection.Query("SELECT i FROM range(10000000) t(i)"))
        {
            Assert.That(rows.Next(), Is.True);
        }

        using var other = connection.Query("SELECT 17::BIGINT");

        Assert.That(other.Next(), Is.True);
        Assert.That(other.Column(0).Int64(0), Is.EqualTo(17));
    }

    [Test]
    public void Connections_on_several_threads_do_not_disturb_each_other()
    {
        _ = DuckDbSample.Text("SELECT 1");

        var sums = Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(4).Select(n => DuckDbSample.Text($"SELECT sum(i * {n}) FROM range(100000) t(i)")).Order(StringComparer.Ordinal);

        Assert.That(sums, Is.EqualTo(Enumerable.Range(0, 8).Select(n => (n * 4999950000L).ToString(System.Globalization.CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal)));
    }

    [TestCase("it's", "'it''s'")]
    [TestCase("", "''")]
    public void Texts_are_quoted(string text, string expected)
    {
        Assert.That(DuckDbConnection.Quote(text), Is.EqualTo(expected));
        Assert.That(Encoding.UTF8.GetByteCount(DuckDbConnection.QuoteName("a\"b")), Is.EqualTo("\"a\"\"b\"".Length));
    }
}
