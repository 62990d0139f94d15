namespace Granary.Core.Configuration;

/// <summary>A record filled from one section of a configuration file, which checks its own values.</summary>
public interface IConfigSection
{
    /// <summary>
    /// Adds a fault for each value that cannot be used, in its nested sections too; <paramref name="path"/> is the
    /// section's dotted key path, empty for a whole file; items of lists count from 0, as in "sources.0.name".
    /// </summary>
    void Validate(string path, ConfigurationErrors errors);
}
