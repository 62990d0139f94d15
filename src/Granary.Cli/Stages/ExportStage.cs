using System.Globalization;
using Granary.Checkpoints.HuggingFace;
using Granary.Core.Runs;
using Granary.Models.Decoder;
using Granary.Torch;

namespace Granary.Cli.Stages;

/// <summary>Writes the model as a Hugging Face folder, loads that folder again and compares the logits.</summary>
internal static class ExportStage
{
    internal const string Name = "export";
    private const int ComparedTokens = 64;

    internal static void Run(RunContext context, TrainedModel trained)
    {
        var folder = Path.Combine(context.Folder.ExportPath, "huggingface");
        context.View.BeginStage(Name, "write a Hugging Face folder and load it again");
        var (record, wasSkipped) = StageRecord.Run(context.Folder.StagePath(Name), trained.Hash, StageRecord.HashOf("export 1", "huggingface"), () =>
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            Write(folder, trained);
            var difference = Compare(folder, trained.Decoder(Name));
            return new StageOutput(
                string.Create(CultureInfo.InvariantCulture, $"loaded again, its logits differ by at most {difference:G3}"),
                [.. Directory.GetFiles(folder).Select(file => context.RelativeTo(Name, file))]);
        });
        context.View.EndStage(Name, $"{Path.GetRelativePath(Environment.CurrentDirectory, folder)}; {record.OutputHash}", wasSkipped);
    }

    /// <summary>Writes the folder.</summary>
    internal static void Write(string folder, TrainedModel trained)
    {
        HuggingFaceFolderWriter.Write(
            folder,
            trained.Decoder(Name),
            (DecoderConfig)trained.Config,
            new HuggingFaceExport { TokenizerPath = trained.TokenizerPath, EosTokenId = trained.Tokenizer.EndOfTextId });
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
