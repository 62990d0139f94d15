namespace Granary.Data.Tokenization;

/// <summary>The 256 visible characters that stand for bytes in byte-level vocabularies, as GPT-2 chose them.</summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] Characters = MakeCharacters();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>The character of a byte.</summary>
    internal static char CharacterOf(byte value)
    {
        return Characters[value];
    }

    /// <summary>The byte of a character, or -1 when it stands for none.</summary>
    internal static int ByteOf(char character)
    {
        return character < Bytes.Length ? Bytes[character] : -1;
    }

    /// <summary>The bytes in the order of their characters, which is the order of ids in a trained vocabulary.</summary>
    internal static byte[] InCharacterOrder()
    {
        return [.. Enumerable.Range(0, 256).Select(value => (byte)value).OrderBy(value => Characters[value])];
    }

    /// <summary>The bytes that a token stands for, or null when one of its characters is not in the alphabet.</summary>
    internal static byte[]? TryDecode(string token)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < token.Length; i++)
        {
            var value = ByteOf(token[i]);
            if (value < 0)
            {
                return null;
            }

            bytes[i] = (byte)value;
        }

        return bytes;
    }

    /// <summary>The token that stands for bytes.</summary>
    internal static string Encode(ReadOnlySpan<byte> bytes)
    {
        var characters = new char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            characters[i] = Characters[bytes[i]];
        }

        return new string(characters);
    }

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        var next = 256;
        for (var value = 0; value < 256; value++)
        {
            var visible = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            characters[value] = (char)(visible ? value : next++);
        }

        return characters;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[Characters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (var value = 0; value < 256; value++)
        {
            bytes[Characters[value]] = (short)value;
        }

        return bytes;
    }
}
