using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Granary.Testing;

namespace Granary.Checkpoints.Safetensors.Tests;

public sealed class SafetensorsWriterTests
{
    private static readonly string[] Dtypes = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"];

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public Property What_is_written_is_read_back()
    {
        var tensor =
            from name in Gen.Elements("w", "model.layers.0.bias", "über", "日本", "a b", "😀", "q/k", "x\"y")
            from suffix in Gen.Choose(0, 99)
            from dtype in Gen.Elements(Dtypes)
            from shape in Gen.Choose(0, 5).Select(dim => (long)dim).ListOf(3).Select(dims => dims.Take(suffix % 4).ToArray())
            from fill in Gen.Choose(0, 255)
            select (Name: $"{name}.{suffix}", Dtype: dtype, Shape: shape, Fill: (byte)fill);
        return Prop.ForAll(tensor.ListOf().ToArbitrary(), tensors =>
        {
            using var folder = new TempFolder();
            var distinct = tensors.DistinctBy(t => t.Name).ToList();
            var writer = new SafetensorsWriter();
            writer.AddMetadata("format", "pt");
            foreach (var t in distinct)
            {
                writer.Add(t.Name, t.Dtype, t.Shape, Content(t.Dtype, t.Shape, t.Fill));
            }

            var digest = writer.Write(folder["a.safetensors"]);

            Assert.That(digest.Sha256, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(folder["a.safetensors"])))));
            Assert.That(digest.Length, Is.EqualTo(new FileInfo(folder["a.safetensors"]).Length));
            using var reader = SafetensorsReader.Open(folder["a.safetensors"]);
            Assert.That(reader.Metadata, Is.EquivalentTo(new Dictionary<string, string> { ["format"] = "pt" }));
            Assert.That(reader.Entries, Has.Count.EqualTo(distinct.Count));
            foreach (var t in distinct)
            {
                var entry = reader.ByName[t.Name];
                Assert.That((entry.Dtype, entry.Shape), Is.EqualTo((t.Dtype, t.Shape)));
                Assert.That(reader.Bytes(entry).ToArray(), Is.EqualTo(Content(t.Dtype, t.Shape, t.Fill)));
            }
        });
    }

    [Test]
    public void Data_begins_at_a_multiple_of_8_and_every_tensor_at_a_multiple_of_its_element()
    {
        for (var length = 1; length <= 16; length++)
        {
            var writer = new SafetensorsWriter();
            writer.Add(new string('n', length), "U8", [3], new byte[3]);
            writer.Add("wide", "F64", [2], new byte[16]);
            writer.Add("half", "BF16", [1], new byte[2]);
            using var stream = new MemoryStream();

            writer.Write(stream);

            var headerBytes = BitConverter.ToInt64(stream.ToArray(), 0);
            Assert.That(headerBytes % 8, Is.Zero);
            var header = SafetensorsHeader.Parse("m", stream.ToArray().AsSpan(8, (int)headerBytes), 21);
            Assert.That(header.Entries.Select(entry => entry.Offset), Is.EqualTo(new long[] { 0, 16, 18 }));
        }
    }

    [Test]
    public void Equal_content_gives_equal_bytes_whatever_the_order_of_adding()
    {
        Assert.That(Digest("a", "b", "c"), Is.EqualTo(Digest("c", "a", "b")));

        static SafetensorsDigest Digest(params string[] names)
        {
            var writer = new SafetensorsWriter();
            foreach (var name in names)
            {
                writer.AddMetadata(name, "note");
                writer.Add(name, "U8", [1], new[] { (byte)name[0] });
            }

            return writer.Write(Stream.Null);
        }
    }

    [Test]
    public void A_callback_that_writes_too_little_publishes_nothing()
    {
        using var folder = new TempFolder();
        var writer = new SafetensorsWriter();
        writer.Add("a", "F32", [2], stream => stream.Write(new byte[7]));

        Assert.That(() => writer.Write(folder["a.safetensors"]), Throws.InvalidOperationException.With.Message.Contains("'a' came with 7 bytes but F32 of shape [2] has 8"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
    }

    [TestCase("", "U8", 1, Description = "an empty name")]
    [TestCase("__metadata__", "U8", 1, Description = "the format's own name")]
    [TestCase("a\n", "U8", 1, Description = "a control character")]
    [TestCase("..", "U8", 1, Description = "a name that climbs")]
    [TestCase("a", "U3", 1, Description = "an unknown dtype")]
    [TestCase("a", "U8", -1, Description = "a negative dim")]
    [TestCase("a", "U8", 2, Description = "more bytes than given")]
    [TestCase("taken", "U8", 1, Description = "a name that is taken")]
    public void A_tensor_that_breaks_a_rule_is_refused_when_it_is_added(string name, string dtype, long dim)
    {
        var writer = new SafetensorsWriter();
        writer.Add("taken", "U8", [1], new byte[1]);

        Assert.That(() => writer.Add(name, dtype, [dim], new byte[1]), Throws.ArgumentException);
    }

    [Test]
    public void Half_a_surrogate_pair_is_no_name()
    {
        // Not a row above: attributes hold UTF-8, which has no such text.
        Assert.That(() => new SafetensorsWriter().Add("a\ud800", "U8", [1], new byte[1]), Throws.ArgumentException);
    }

    [Test]
    public void A_golden_file_survives_reading_and_writing()
    {
        using var folder = new TempFolder();
        using var golden = SafetensorsReader.Open(Repository.PathOf("tests", "golden", "models", "gpt2-tied.safetensors"));
        var writer = new SafetensorsWriter();
        foreach (var entry in golden.Entries)
        {
            writer.Add(entry.Name, entry.Dtype, entry.Shape, stream => stream.Write(golden.Bytes(entry)));
        }

        writer.Write(folder["copy.safetensors"]);

        using var copy = SafetensorsReader.Open(folder["copy.safetensors"]);
        foreach (var entry in golden.Entries)
        {
            Assert.That(copy.Bytes(copy.ByName[entry.Name]).SequenceEqual(golden.Bytes(entry)), entry.Name);
        }
    }

    private static byte[] Content(string dtype, long[] shape, byte fill)
    {
        SafetensorsDtype.TryGetSize(dtype, out var size);
        var bytes = new byte[shape.Aggregate((long)size, (product, dim) => product * dim)];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(fill + i);
        }

        return bytes;
    }
}
