namespace Granary.Cli.Mixtures;

/// <summary>A mixture's file, read once. What has been read is no part of a configuration, so all are equal.</summary>
internal sealed class ReadMixture : IEquatable<ReadMixture>
{
    private (string Path, MixtureFile File)? _read;

    /// <summary>What the file holds.</summary>
    public MixtureFile Of(string path)
    {
        if (_read?.Path != path)
        {
            _read = (path, MixtureFile.Load(path));
        }

        return _read.Value.File;
    }

    /// <inheritdoc/>
    public bool Equals(ReadMixture? other) => other is not null;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ReadMixture;

    /// <inheritdoc/>
    public override int GetHashCode() => 0;
}
