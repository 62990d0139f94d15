using Granary.Models.Language;

namespace Granary.Gpu.Tests;

/// <summary>A model under a short name, which tests are listed by.</summary>
public sealed record NamedModel(string Name, ModelConfig Config)
{
    public override string ToString() => Name;
}
