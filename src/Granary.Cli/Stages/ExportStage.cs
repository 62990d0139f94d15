using System.Globalization;
using Granary.Checkpoints.HuggingFace;
using Granary.Data.Tokenization;
using Granary.Models.Decoder;
using Granary.Torch;

namespace Granary.Cli.Stages;

/// <summary>Writes the model as a Hugging Face folder, loads that folder again and compares the logits.</summary>
internal static class ExportStage
{
    internal const string Name = "export";
    private const int ComparedTokens = 64;

    internal static string Run(RunContext context, DecoderModel model, Tokenizer tokenizer)
    {
        var folder = Path.Combine(context.Folder.ExportPath, "huggingface");
        context.View.BeginStage(Name, "write a Hugging Face folder and load it again");
        Write(folder, model, context.Config.Model, tokenizer, TokenizerStage.FilePath(context));
        var difference = Compare(folder, model);
        context.View.EndStage(
            Name,
            string.Create(CultureInfo.InvariantCulture, $"{Path.GetRelativePath(Environment.CurrentDirectory, folder)}; loaded again, its logits differ by at most {difference:G3}"),
            wasSkipped: false);
        return folder;
    }

    /// <summary>Writes the folder.</summary>
    internal static void Write(string folder, DecoderModel model, DecoderConfig config, Tokenizer tokenizer, string tokenizerPath)
    {
        HuggingFaceFolderWriter.Write(
            folder,
            model,
            config with { VocabSize = model.Spec.VocabSize },
            new HuggingFaceExport { TokenizerPath = tokenizerPath, EosTokenId = tokenizer.EndOfTextId });
    }

    // The export is only worth something if it can be read: the folder's own model must say what this one says.
    private static double Compare(string folder, DecoderModel model)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var loaded = HuggingFaceFolderReader.Open(folder).ReadModel(ModelBuilder.Kernels(areFused: true));
        var length = Math.Min(ComparedTokens, Math.Min(model.Spec.MaxPositionEmbeddings, model.Spec.VocabSize));
        var ids_BT = torch.arange(length).view(1, length);
        var before = model.Logits(model.Hidden(ids_BT));
        var after = loaded.Logits(loaded.Hidden(ids_BT));
        return (before - after).abs().max().item();
    }
}
