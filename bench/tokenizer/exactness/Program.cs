using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Granary.Data.Tokenization;

namespace Granary.Bench.TokenizerExactness;

/// <summary>
/// Granary's side of exactness.mjs. Texts come in on the standard input, each as u32 bytes and these bytes; their ids go out
/// on the standard output, each text's as u32 ids and these ids as i32. All numbers are little-endian.
/// </summary>
internal static class Program
{
    private const int BufferSize = 1 << 16;

    private static int Main(string[] arguments)
    {
        if (arguments.Length != 1)
        {
            Console.Error.WriteLine("Usage: Granary.Bench.TokenizerExactness TOKENIZER_JSON < texts > ids");
            return 2;
        }

        var encoder = Tokenizer.Load(arguments[0]).CreateEncoder();
        using var input = new BufferedStream(Console.OpenStandardInput(), BufferSize);
        using var output = new BufferedStream(Console.OpenStandardOutput(), BufferSize);
        var ids = new TokenBuffer();
        var text = Array.Empty<byte>();
        var count = new byte[sizeof(int)];
        while (input.ReadAtLeast(count, count.Length, throwOnEndOfStream: false) == count.Length)
        {
            var bytes = BinaryPrimitives.ReadInt32LittleEndian(count);
            text = text.Length >= bytes ? text : new byte[bytes];
            input.ReadExactly(text, 0, bytes);
            ids.Clear();
            encoder.Encode(text.AsSpan(0, bytes), ids);
            BinaryPrimitives.WriteInt32LittleEndian(count, ids.Count);
            output.Write(count);
            output.Write(MemoryMarshal.AsBytes(ids.Ids));
            output.Flush(); // the other side waits for it
        }

        return 0;
    }
}
