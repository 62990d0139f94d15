namespace Granary.Pipelines.Corpus.ParquetBytes.Tests;

public sealed class ThriftReaderTests
{
    // A field of each type, the last one a number far from its neighbour.
    private static readonly byte[] Sample =
    [
        0x11, // 1: true
        0x12, // 2: false
        0x13, 0x7F, // 3: a byte
        0x14, 0x03, // 4: -2
        0x15, 0xAC, 0x02, // 5: 150
        0x16, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, // 6: the least of 64 bits
        0x17, 1, 2, 3, 4, 5, 6, 7, 8, // 7: eight bytes
        0x18, 0x02, 0x68, 0x69, // 8: "hi"
        0x19, 0x25, 0x02, 0x04, // 9: the list 1, 2
        0x1A, 0x21, 0x01, 0x02, // 10: a set of two truths
        0x1B, 0x01, 0x85, 0x01, 0x61, 0x02, // 11: the map "a" -> 1
        0x1B, 0x00, // 12: an empty map
        0x1C, 0x15, 0x02, 0x1C, 0x00, 0x00, // 13: a struct of a number and an empty struct
        0x1D, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, // 14: sixteen bytes
        0x05, 0xC8, 0x01, 0x02, // 100: 1
        0x00,
    ];

    [Test]
    public void Fields_of_every_type_are_passed_over()
    {
        var reader = new ThriftReader(Sample);
        var fields = new List<(int Id, int Bytes)>();
        while (reader.TryReadField(out var field))
        {
            fields.Add((field.Id, field.Value.Length));
        }

        Assert.That(fields, Is.EqualTo(new[] { (1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (6, 10), (7, 8), (8, 3), (9, 3), (10, 3), (11, 5), (12, 1), (13, 5), (14, 16), (100, 1) }));
        Assert.That(reader.Position, Is.EqualTo(Sample.Length));
    }

    [Test]
    public void Numbers_and_texts_are_read()
    {
        var reader = new ThriftReader(Sample);
        var values = new List<object>();
        while (reader.TryReadField(out var field))
        {
            if (field.Id is 4 or 5 or 6 or 100)
            {
                values.Add(field.ToInt64());
            }
            else if (field.Id == 8)
            {
                values.Add(field.ToText());
            }
        }

        Assert.That(values, Is.EqualTo(new object[] { -2L, 150L, long.MinValue, "hi", 1L }));
    }

    [Test]
    public void Written_again_the_fields_are_the_same_bytes()
    {
        var reader = new ThriftReader(Sample);
        var writer = new ThriftWriter();
        var before = 0;
        while (reader.TryReadField(out var field))
        {
            before = writer.WriteField(before, field.Id, field.Type, field.Value);
        }

        writer.WriteStop();

        Assert.That(writer.Written.ToArray(), Is.EqualTo(Sample));
    }

    [Test]
    public void Bytes_that_end_too_early_are_told_from_nonsense()
    {
        for (var length = 0; length < Sample.Length; length++)
        {
            Assert.That(() => ReadAll(Sample[..length]), Throws.TypeOf<EndOfStreamException>(), $"{length} bytes");
        }
    }

    [TestCase(new byte[] { 0x1E, 0x00 }, Description = "a type that is none")]
    [TestCase(new byte[] { 0x16, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0x00 }, Description = "a number of eleven bytes")]
    [TestCase(new byte[] { 0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00 }, Description = "a text of 4 GiB")]
    [TestCase(new byte[] { 0x19, 0x20, 0x00, 0x00 }, Description = "a list of stops")]
    public void Nonsense_is_refused(byte[] bytes)
    {
        Assert.That(() => ReadAll(bytes), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void Structs_in_structs_without_end_are_refused()
    {
        Assert.That(() => ReadAll([.. Enumerable.Repeat((byte)0x1C, 100_000)]), Throws.TypeOf<InvalidDataException>());
    }

    private static void ReadAll(byte[] bytes)
    {
        var reader = new ThriftReader(bytes);
        while (reader.TryReadField(out _))
        {
        }
    }
}
