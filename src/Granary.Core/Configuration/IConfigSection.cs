namespace Granary.Core.Configuration;

/// <summary>A record filled from one section of a configuration file, which checks its own values.</summary>
public interface IConfigSection
{
    /// <summary>Adds a fault for each value that cannot be used; <paramref name="path"/> is the section's dotted key path.</summary>
    void Validate(string path, ConfigurationErrors errors);
}
