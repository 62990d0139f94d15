using System.Globalization;
using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Embedding;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>A small classifier, trained on labelled texts: hashed words and pairs of words, logistic regression. Its score is a probability.</summary>
public sealed record QualityClassifierConfig : IConfigSection
{
    /// <summary>The labelled texts: JSON lines.</summary>
    public required string File { get; init; }

    /// <summary>The field that holds the text. Default <c>text</c>.</summary>
    public string TextField { get; init; } = "text";

    /// <summary>The field that holds the label, a number. Default <c>label</c>.</summary>
    public string LabelField { get; init; } = "label";

    /// <summary>Texts with this label and more are what the score is high for. Default 1.</summary>
    public double PositiveFrom { get; init; } = 1;

    /// <summary>Times the labelled texts are gone through. Default 10.</summary>
    public int Epochs { get; init; } = 10;

    internal string Identity => string.Create(
        CultureInfo.InvariantCulture, $"{NamedFile.Sha256(File)},{TextField},{LabelField},{PositiveFrom:R},{Epochs}");

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Epochs > 0, $"{path}.epochs", Epochs, "greater than 0");
    }
}
