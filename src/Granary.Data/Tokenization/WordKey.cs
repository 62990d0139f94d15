namespace Granary.Data.Tokenization;

/// <summary>Up to 15 bytes of a word, and their number in the last byte.</summary>
internal readonly record struct WordKey(ulong Low, ulong High);
