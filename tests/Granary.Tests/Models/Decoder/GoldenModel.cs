using System.Text.Json;
using Granary.Checkpoints.HuggingFace;
using Granary.Checkpoints.Safetensors;
using Granary.Models.Layers;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Models.Decoder.Tests;

/// <summary>One of the models of tests/golden/models, with the numbers that PyTorch computed for it.</summary>
internal sealed class GoldenModel : IDisposable
{
    public static readonly string[] Names = ["gpt2-tied", "gpt2-untied", "llama-gqa", "llama-mha-tied"];

    private const string Parameters = "parameters.";

    private readonly JsonDocument _description;
    private readonly SafetensorsReader _tensors;

    public GoldenModel(string name)
    {
        _description = JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf("tests", "golden", "models", $"{name}.json")));
        _tensors = SafetensorsReader.Open(Repository.PathOf("tests", "golden", "models", $"{name}.safetensors"));
        var json = _description.RootElement.GetProperty("config");
        ConfigText = json.GetRawText();
        Config = ConfigDialect.All.First(dialect => dialect.ModelType == json.GetProperty("model_type").GetString()).Read(new ConfigKeys(json));
        Spec = Config.ToSpec(vocabulary: 0);
        Slices = Config.StateNames().Slices(Spec);
    }

    public string ConfigText { get; }

    public DecoderConfig Config { get; }

    public DecoderSpec Spec { get; }

    public IReadOnlyList<StateSlice> Slices { get; }

    public IEnumerable<string> ParameterNames => _tensors.ByName.Keys.Where(name => name.StartsWith(Parameters, StringComparison.Ordinal)).Select(name => name[Parameters.Length..]);

    public double Setting(string name) => _description.RootElement.GetProperty("optimizer").GetProperty(name).GetDouble();

    public double[] Settings(string name) => [.. _description.RootElement.GetProperty("optimizer").GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];

    public Tensor Tensor(string name)
    {
        var entry = _tensors.ByName[name];
        var type = entry.Dtype switch
        {
            "F32" => ScalarType.Float32,
            "F64" => ScalarType.Float64,
            _ => ScalarType.Int64,
        };
        var tensor = torch.empty([.. entry.Shape], type);
        _tensors.Bytes(entry).CopyTo(tensor.bytes);
        return tensor;
    }

    /// <summary>The model with the golden weights.</summary>
    public DecoderModel Build(ILayerKernels kernels)
    {
        var model = new DecoderModel(Spec, key: null, kernels);
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        var state = model.state_dict();
        foreach (var slice in Slices)
        {
            slice.View(state).copy_(Tensor(Parameters + slice.Name));
        }

        return model;
    }

    /// <summary>The mean loss over the targets that count.</summary>
    public Tensor MeanLoss(DecoderModel model)
    {
        var targets_N = Tensor("targets").view(-1);
        var counted = targets_N.ne(-100).to(ScalarType.Float32).sum();
        return model.LossSum(model.Hidden(Tensor("ids")), targets_N).div(counted);
    }

    public void Dispose()
    {
        _tensors.Dispose();
        _description.Dispose();
    }
}
