using System.Buffers.Binary;
using System.Text;
using Granary.Core.Randomness;
using Granary.Testing;

namespace Granary.Checkpoints.Safetensors.Tests;

public sealed class SafetensorsReaderTests
{
    private const string OneTensor = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    [Test]
    public void A_golden_file_written_by_another_program_opens()
    {
        using var reader = SafetensorsReader.Open(Repository.PathOf("tests", "golden", "models", "llama-gqa.safetensors"));

        var key = reader.ByName["parameters.model.layers.1.self_attn.k_proj.weight"];
        Assert.That(key, Has.Property("Dtype").EqualTo("F32").And.Property("Length").EqualTo(16 * 32 * 4));
        Assert.That(key.Shape, Is.EqualTo(new long[] { 16, 32 }));
        Assert.That(BinaryPrimitives.ReadDoubleLittleEndian(reader.Bytes(reader.ByName["loss"])), Is.EqualTo(5.0106699).Within(1e-6));
        Assert.That(reader.Metadata["made_by"], Is.EqualTo("tests/golden/models/make_golden.py"));
    }

    [Test]
    public void Entries_come_in_the_order_of_their_bytes()
    {
        const string Header = """{"b":{"dtype":"U8","shape":[3],"data_offsets":[1,4]},"e":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},"a":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]}}""";
        using var folder = new TempFolder();

        using var reader = SafetensorsReader.Open(Write(folder, Header, [1, 2, 3, 4]));

        Assert.That(reader.Entries.Select(entry => entry.Name), Is.EqualTo(new[] { "a", "e", "b" }));
        Assert.That(reader.Bytes(reader.ByName["b"]).ToArray(), Is.EqualTo(new byte[] { 2, 3, 4 }));
        Assert.That(reader.Bytes(reader.ByName["b"], 1, 1).ToArray(), Is.EqualTo(new byte[] { 3 }));
    }

    [Test]
    public void A_header_whose_length_looks_like_a_pickle_opens()
    {
        // 640 = 0x0280: the file begins with 80 02, the mark of a pickle of protocol 2.
        using var folder = new TempFolder();

        using var reader = SafetensorsReader.Open(Write(folder, OneTensor.PadRight(640), new byte[8]));

        Assert.That(reader.Entries, Has.Count.EqualTo(1));
    }

    [TestCase("", "is not the JSON it must be", Description = "nothing")]
    [TestCase("""{"a":""", "is not the JSON it must be", Description = "cut short")]
    [TestCase("{} x", "is not the JSON it must be", Description = "text after the object")]
    [TestCase("""{"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}}""", "is not the JSON it must be", Description = "nested too deep")]
    [TestCase("""{"a":7}""", "In tensor 'a' stands a JSON 'Number'", Description = "a tensor that is no object")]
    [TestCase("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", "Tensor 'a' has no 'dtype'", Description = "no dtype")]
    [TestCase("""{"a":{"dtype":"F32","data_offsets":[0,8]}}""", "Tensor 'a' has no 'shape'", Description = "no shape")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2]}}""", "Tensor 'a' has no 'data_offsets'", Description = "no offsets")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}""", "Tensor 'a' has the key 'x'. Known", Description = "an unknown key")]
    [TestCase("""{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "Tensor 'a' has the key 'dtype' twice", Description = "a key of a tensor twice")]
    [TestCase("""{"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}""", "Tensor 'a' has the dtype 'F33'. Known: BF16, BOOL, F16", Description = "an unknown dtype")]
    [TestCase("""{"a":{"dtype":4,"shape":[2],"data_offsets":[0,8]}}""", "In the dtype of tensor 'a' stands a JSON 'Number'", Description = "a dtype that is no text")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "An item in the shape of tensor 'a' is not an integer", Description = "a broken dim")]
    [TestCase("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", "An item in the shape of tensor 'a' is not an integer", Description = "a dim above 63 bits")]
    [TestCase("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "Tensor 'a' has the dim '-2'", Description = "a negative dim")]
    [TestCase("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", "more bytes than 63 bits can count", Description = "a product of 2^66")]
    [TestCase("""{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}""", "more bytes than 63 bits can count", Description = "a product of 2^64, which wraps to 0")]
    [TestCase("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "Tensor 'a' has 8 bytes but F32 of shape [3] needs 12", Description = "shape and offsets disagree")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "Tensor 'a' has the data_offsets '[0]'", Description = "one offset")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}""", "more than 2 items in the data_offsets of tensor 'a'", Description = "three offsets")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "Tensor 'a' has the data_offsets '[8, 0]'", Description = "reversed offsets")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "Tensor 'a' has the data_offsets '[-8, 0]'", Description = "a negative offset")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "The header has the tensor 'a' twice", Description = "a tensor twice")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "Tensor 'b' begins at byte 4 of the data, inside the tensor before it", Description = "overlap")]
    [TestCase("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", "Bytes 3 to 4 of the data, before tensor 'b', belong to no tensor", Description = "a hole")]
    [TestCase("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", "Bytes 0 to 4 of the data", Description = "a hole at the start")]
    [TestCase("""{"a":{"dtype":"U8","shape":[7],"data_offsets":[0,7]}}""", "The file has 8 bytes of data but the tensors end at 7", Description = "bytes after the last tensor")]
    [TestCase("{}", "The file has 8 bytes of data but the tensors end at 0", Description = "data without tensors")]
    [TestCase("""{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}""", "The tensors need 16 bytes of data but the file has 8; it is cut short", Description = "data cut short")]
    [TestCase("""{"__metadata__":{"k":1}}""", "In the metadata of 'k' stands a JSON 'Number'", Description = "metadata that is no text")]
    [TestCase("""{"__metadata__":{"k":"1","k":"2"}}""", "The metadata has the key 'k' twice", Description = "a note twice")]
    [TestCase("""{"__metadata__":{},"__metadata__":{}}""", "The header has the key '__metadata__' twice", Description = "metadata twice")]
    [TestCase("""{"":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "name has 0 characters", Description = "an empty name")]
    [TestCase("""{"a\u0000b":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", @"The tensor name 'a\u0000b' holds control characters", Description = "a NUL in a name")]
    [TestCase("""{"../../x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "The tensor name '../../x' is a path", Description = "a name that climbs")]
    [TestCase("""{"/etc/x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "The tensor name '/etc/x' is a path", Description = "an absolute name")]
    [TestCase("""{"\ud800":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "half a surrogate pair", Description = "half a surrogate pair")]
    public void A_header_that_breaks_a_rule_is_refused_with_its_own_sentence(string header, string expected)
    {
        var thrown = Assert.Throws<CheckpointException>(() => SafetensorsHeader.Parse("model.safetensors", Encoding.UTF8.GetBytes(header), 8));

        Assert.That(thrown.Message, Does.Contain(expected).And.EndsWith("."));
        Assert.That(thrown.Path, Is.EqualTo("model.safetensors"));
    }

    [Test]
    public void A_header_with_more_than_64_dims_is_refused()
    {
        var header = $$$"""{"a":{"dtype":"U8","shape":[{{{string.Join(",", Enumerable.Repeat(1, 65))}}}],"data_offsets":[0,1]}}""";

        Assert.That(() => SafetensorsHeader.Parse("m", Encoding.UTF8.GetBytes(header), 1), Throws.TypeOf<CheckpointException>().With.Message.Contains("more than 64 items"));
    }

    [Test]
    public void A_header_that_is_not_utf8_is_refused()
    {
        Assert.That(() => SafetensorsHeader.Parse("m", [(byte)'{', 0xff, (byte)'}'], 0), Throws.TypeOf<CheckpointException>().With.Message.EndsWith("The header is not UTF-8."));
    }

    [TestCase(new byte[] { 0x80, 2, 0x8a, 10, 1, 1, 1, 1, 1, 1, 1, 1 }, "Python pickle", Description = "pickle, protocol 2")]
    [TestCase(new byte[] { 0x80, 4, 0x95, 10, 1, 1, 1, 1, 1, 1, 1, 1 }, "Python pickle", Description = "pickle, protocol 4")]
    [TestCase(new byte[] { 0x50, 0x4b, 3, 4, 1, 1, 1, 1, 1, 1, 1, 1 }, "zip archive", Description = "torch.save")]
    [TestCase(new byte[] { 0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0, 1, 1, 1, 1 }, "GGUF", Description = "llama.cpp's format")]
    [TestCase(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, (byte)'[', (byte)']' }, "does not begin with '{'", Description = "another JSON value")]
    [TestCase(new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, (byte)'{' }, "The file has 9 bytes", Description = "shorter than any")]
    [TestCase(new byte[0], "The file has 0 bytes", Description = "empty")]
    [TestCase(new byte[] { 3, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' }, "The header claims '3' bytes but only 2 follow", Description = "header cut short")]
    [TestCase(new byte[] { 1, 0xe1, 0xf5, 5, 0, 0, 0, 0, (byte)'{', (byte)'}' }, "The header claims '100000001' bytes but at most 100000000", Description = "above the cap")]
    [TestCase(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0x80, (byte)'{', (byte)'}' }, "The header claims '9223372036854775808' bytes", Description = "2^63")]
    public void A_file_that_is_something_else_is_refused_by_its_first_bytes(byte[] bytes, string expected)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["model.safetensors"], bytes);

        Assert.That(() => SafetensorsReader.Open(folder["model.safetensors"]), Throws.TypeOf<CheckpointException>().With.Message.Contains(expected));
    }

    [Test]
    public void A_git_lfs_pointer_is_named_as_such()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["model.safetensors"], "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");

        Assert.That(() => SafetensorsReader.Open(folder["model.safetensors"]), Throws.TypeOf<CheckpointException>().With.Message.Contains("git lfs pull"));
    }

    [Test]
    public void A_refused_pickle_says_how_to_convert_it()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["model.pt"], [0x80, 2, .. new byte[100]]);

        Assert.That(() => SafetensorsReader.Open(folder["model.pt"]), Throws.TypeOf<CheckpointException>().With.Message.Contains("safetensors.torch.save_file"));
    }

    [Test]
    public void A_missing_file_is_a_checkpoint_fault_with_its_path()
    {
        using var folder = new TempFolder();
        var path = folder["absent.safetensors"];

        Assert.That(() => SafetensorsReader.Open(path), Throws.TypeOf<CheckpointException>().With.Property("Path").EqualTo(path));
    }

    [Test]
    public void Bytes_beyond_a_tensor_are_refused()
    {
        using var folder = new TempFolder();
        using var reader = SafetensorsReader.Open(Write(folder, OneTensor, new byte[8]));
        var entry = reader.ByName["a"];

        Assert.That(() => reader.Bytes(entry, 4, 5).Length, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => reader.Bytes(entry with { Length = 9 }).Length, Throws.ArgumentException);
    }

    [Test]
    public void A_closed_reader_hands_out_nothing()
    {
        using var folder = new TempFolder();
        var reader = SafetensorsReader.Open(Write(folder, OneTensor, new byte[8]));
        var entry = reader.ByName["a"];

        reader.Dispose();

        Assert.That(() => reader.Bytes(entry).Length, Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void A_mutated_header_is_read_or_refused_but_never_breaks_the_reader()
    {
        const string Header = """{"__metadata__":{"k":"v"},"a.b":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"c":{"dtype":"I16","shape":[],"data_offsets":[8,10]}}""";
        string[] tokens = ["{", "}", "[", "]", ",", ":", "\"", "\\", "-1", "9223372036854775807", "1e9", "\\ud800", "null", "\u0001", "a"];
        var key = RandomKey.FromSeed(1).Use("mutations");
        var refused = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var draw = key.Fold(round);
            var text = new List<byte>(Encoding.UTF8.GetBytes(Header));
            for (var change = 0; change <= draw.BelowAt(0, 3); change++)
            {
                var position = (int)draw.BelowAt(10 * change + 1, text.Count);
                switch (draw.BelowAt(10 * change + 2, 3))
                {
                    case 0:
                        text[position] = (byte)draw.BelowAt(10 * change + 3, 256);
                        break;
                    case 1:
                        text.InsertRange(position, Encoding.UTF8.GetBytes(tokens[draw.BelowAt(10 * change + 3, tokens.Length)]));
                        break;
                    default:
                        text.RemoveRange(position, (int)draw.BelowAt(10 * change + 3, Math.Min(12, text.Count - position)));
                        break;
                }
            }

            try
            {
                var header = SafetensorsHeader.Parse("m", text.ToArray(), 10);
                Assert.That(header.Entries.Sum(entry => entry.Length), Is.EqualTo(10));
            }
            catch (CheckpointException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.InRange(10_000, 19_999));
    }

    private static string Write(TempFolder folder, string header, byte[] data)
    {
        var path = folder["model.safetensors"];
        var text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        File.WriteAllBytes(path, [.. length, .. text, .. data]);
        return path;
    }
}
