using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Granary.Checkpoints.HuggingFace;
using Granary.Checkpoints.Safetensors;
using Granary.Cli.Stages;
using Granary.Core;
using Granary.Models.Decoder;
using Granary.Torch;
using Granary.Training;

namespace Granary.Cli.Commands;

/// <summary>`granary bench logits`: what a model makes of a sequence, as numbers that other programs can be compared with.</summary>
internal static class BenchLogitsCommand
{
    internal static Command Build()
    {
        var command = new Command("logits", "Writes a Hugging Face model's logits for a sequence, and its gradients, for other programs to compare with.");
        var model = new Option<string>("--model") { Description = "A Hugging Face folder.", Required = true };
        var ids = new Option<string>("--ids") { Description = "A file of token ids between spaces or commas: one sequence.", Required = true };
        var output = new Option<string>("--output") { Description = "The safetensors file to write: logits [T, V], and loss, the mean over all ids but the first.", Required = true };
        var gradients = new Option<string?>("--gradients") { Description = "A Hugging Face folder to write besides, in which each weight is that loss's gradient by it; it must not exist." };
        var dtype = new Option<string>("--dtype") { Description = "The type of the computation.", DefaultValueFactory = _ => "fp32" }.AcceptOnlyFromAmong("fp32", "bf16");
        var threads = ThreadsOption.Create();
        var device = DeviceOption.Create();
        foreach (var option in (Option[])[model, ids, output, gradients, dtype, threads, device])
        {
            command.Options.Add(option);
        }

        command.SetAction(arguments => Guard.Run(() =>
        {
            torch.set_num_threads(arguments.GetValue(threads));
            DeviceChoice.Use(arguments.GetRequiredValue(device), DeviceOption.Name);
            var precision = arguments.GetValue(dtype) == "bf16" ? TrainingPrecision.Bf16 : TrainingPrecision.Fp32;
            var reader = HuggingFaceFolderReader.Open(arguments.GetRequiredValue(model));
            using var scope = torch.NewDisposeScope();
            using var read = reader.ReadModel(ModelBuilder.Kernels(areFused: true, precision));
            var tokens = Read(arguments.GetRequiredValue(ids), reader.Spec);
            Write(arguments.GetRequiredValue(output), read, tokens);
            if (arguments.GetValue(gradients) is { } folder)
            {
                WriteGradients(folder, read, reader.Config, tokens);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static long[] Read(string path, DecoderSpec spec)
    {
        var words = File.ReadAllText(EvalCommand.ExistingFile(path)).Split([' ', ',', '\n', '\r', '\t', '[', ']'], StringSplitOptions.RemoveEmptyEntries);
        var ids = new long[words.Length];
        for (var place = 0; place < words.Length; place++)
        {
            if (!long.TryParse(words[place], NumberStyles.None, CultureInfo.InvariantCulture, out ids[place]) || ids[place] >= spec.VocabSize)
            {
                throw new CorpusException(path, $"Id {place} is '{words[place]}' but must be from 0 to {spec.VocabSize - 1}.");
            }
        }

        return ids.Length >= 2 && ids.Length <= spec.MaxPositionEmbeddings
            ? ids
            : throw new CorpusException(path, $"There are '{ids.Length}' ids but the model takes 2 to {spec.MaxPositionEmbeddings}; write as many.");
    }

    private static void Write(string path, DecoderModel model, long[] ids)
    {
        using var mode = torch.no_grad();
        var rows_TC = model.Hidden(torch.tensor(ids, [1, ids.Length]));
        var logits_TV = model.Logits(rows_TC).to(ScalarType.Float32);
        var loss = Loss(model, ids).item();
        var writer = new SafetensorsWriter();
        writer.Add("logits", "F32", logits_TV.shape, Bytes(logits_TV.to_array<float>()));
        writer.Add("loss", "F64", [], Bytes([loss]));
        writer.Write(path);
    }

    private static void WriteGradients(string folder, DecoderModel model, DecoderConfig config, long[] ids)
    {
        model.ClearGradients();
        Loss(model, ids).backward();
        using var mode = torch.no_grad();
        foreach (var parameter in model.parameters())
        {
            parameter.copy_(parameter.grad!);
        }

        HuggingFaceFolderWriter.Write(folder, model, config, new HuggingFaceExport());
    }

    private static Tensor Loss(DecoderModel model, long[] ids)
    {
        var inputs_BT = torch.tensor(ids.AsSpan(0, ids.Length - 1), [1, ids.Length - 1]);
        return model.LossSum(model.Hidden(inputs_BT), torch.tensor(ids.AsSpan(1))) * (1.0 / (ids.Length - 1));
    }

    private static byte[] Bytes<T>(T[] elements)
        where T : unmanaged
    {
        return MemoryMarshal.AsBytes(elements.AsSpan()).ToArray();
    }
}
