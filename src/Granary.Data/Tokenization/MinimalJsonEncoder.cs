using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Granary.Data.Tokenization;

/// <summary>Escapes only what JSON demands: quotation mark, backslash and controls.</summary>
/// <remarks>The framework's encoders also escape what their Unicode version does not know, which would change a canonical file with .NET's version.</remarks>
internal sealed unsafe class MinimalJsonEncoder : JavaScriptEncoder
{
    private const int EscapeLength = 6; // \u001F

    /// <inheritdoc/>
    public override int MaxOutputCharactersPerInputCharacter => EscapeLength;

    /// <inheritdoc/>
    public override bool WillEncode(int unicodeScalar)
    {
        return unicodeScalar is < ' ' or '"' or '\\';
    }

    /// <inheritdoc/>
    public override int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var characters = new ReadOnlySpan<char>(text, textLength);
        for (var i = 0; i < characters.Length; i++)
        {
            var isPair = i + 1 < characters.Length && char.IsSurrogatePair(characters[i], characters[i + 1]);
            if (WillEncode(characters[i]) || (char.IsSurrogate(characters[i]) && !isPair))
            {
                return i;
            }

            i += isPair ? 1 : 0;
        }

        return -1;
    }

    /// <inheritdoc/>
    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        Span<char> escaped = stackalloc char[EscapeLength];
        if (unicodeScalar is '"' or '\\')
        {
            (escaped[0], escaped[1]) = ('\\', (char)unicodeScalar);
            escaped = escaped[..2];
        }
        else if (WillEncode(unicodeScalar))
        {
            "\\u".CopyTo(escaped);
            _ = unicodeScalar.TryFormat(escaped[2..], out _, "X4", CultureInfo.InvariantCulture);
        }
        else
        {
            escaped = escaped[..new Rune(unicodeScalar).EncodeToUtf16(escaped)];
        }

        var fits = escaped.TryCopyTo(new Span<char>(buffer, bufferLength));
        numberOfCharactersWritten = fits ? escaped.Length : 0;
        return fits;
    }
}
