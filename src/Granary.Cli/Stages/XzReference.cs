using System.ComponentModel;
using System.Diagnostics;

namespace Granary.Cli.Stages;

/// <summary>What `xz -9` makes of the same texts: a yardstick everybody has.</summary>
internal static class XzReference
{
    /// <summary>Bits a byte of all texts in one file; null where xz is not installed.</summary>
    internal static double? BitsPerByte(IReadOnlyList<byte[]> texts)
    {
        var start = new ProcessStartInfo("xz") { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (string[])["-9", "--format=xz", "--threads=1", "--stdout"])
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            using var xz = Process.Start(start)!;
            var size = Task.Run(() => LengthOf(xz.StandardOutput.BaseStream));
            using (var input = xz.StandardInput.BaseStream)
            {
                foreach (var text in texts)
                {
                    input.Write(text);
                }
            }

            var compressed = size.GetAwaiter().GetResult();
            xz.WaitForExit();
            return xz.ExitCode == 0 ? 8.0 * compressed / texts.Sum(text => (long)text.Length) : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static long LengthOf(Stream stream)
    {
        var buffer = new byte[1 << 16];
        var length = 0L;
        for (var read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            length += read;
        }

        return length;
    }
}
