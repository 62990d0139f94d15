namespace Granary.Pipelines.Corpus;

/// <summary>Something read that is no document of the corpus.</summary>
/// <param name="Reason">Its kind, a word of <see cref="DropReason"/>.</param>
/// <param name="Message">What is wrong with it, a sentence; empty for what is usual, such as a duplicate.</param>
/// <param name="File">The file.</param>
/// <param name="Line">The line, from 1; 0 where none applies.</param>
/// <param name="Offset">The byte; -1 where none applies.</param>
/// <param name="Bytes">How much is lost.</param>
/// <param name="Cause">What the machine reported; null where nothing was.</param>
internal sealed record DroppedPiece(string Reason, string Message, string File, long Line, long Offset, long Bytes, Exception? Cause = null);
