namespace Granary.Cli.Stages;

/// <summary>A document that is held out of training.</summary>
/// <param name="Id">The hash of its content.</param>
/// <param name="Source">The name of its source.</param>
/// <param name="Text">Its text in UTF-8.</param>
internal sealed record HeldOutDocument(string Id, string Source, byte[] Text);
