namespace Granary.Data.Tokenization.Unicode;

/// <summary>What the splitting patterns ask of a character; a character may belong to several.</summary>
[Flags]
internal enum CodePointClass : byte
{
    /// <summary>None of the others: punctuation, symbols, controls, unassigned.</summary>
    Other = 0,

    /// <summary><c>\p{L}</c>.</summary>
    Letter = 1,

    /// <summary><c>\p{N}</c>.</summary>
    Number = 2,

    /// <summary><c>\s</c>: the 25 characters with the property White_Space.</summary>
    Space = 4,

    /// <summary><c>\p{M}</c>.</summary>
    Mark = 8,

    /// <summary><c>[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]</c>: may begin a word in o200k's sense.</summary>
    Upper = 16,

    /// <summary><c>[\p{Ll}\p{Lm}\p{Lo}\p{M}]</c>: may end a word in o200k's sense.</summary>
    Lower = 32,

    /// <summary>Carriage return or line feed.</summary>
    Newline = 64,

    /// <summary><c>\w</c>: alphabetic, mark, decimal digit, connector or join control.</summary>
    Word = 128,
}
