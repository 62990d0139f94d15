using System.Runtime.InteropServices;
using Granary.Torch.Native;

namespace Granary.Torch.Kernels.Mixed;

/// <summary>
/// AdamW and the gradients' norm over all parameters of a GPU, one launch and two. A parameter's bfloat16 copy is written in the
/// pass that changes it. What describes the parameters lies on the GPU and is sent again only when an address changed.
/// </summary>
public sealed unsafe class MixedAdamW : IDisposable
{
    internal const int Chunk = 8_192; // GN_CUDA_CHUNK

    private readonly IAdamWCalls _calls;
    private readonly List<Tensor> _owned = [];
    private NativeCudaParameter[] _sent = [];
    private long _chunkCount;

    // On the parameters' device: their descriptions, the chunks, a double a chunk, and the sum.
    private Tensor? _parameters;
    private Tensor? _chunks;
    private Tensor? _scratch;
    private Tensor? _sum;

    /// <summary>Knows no parameters yet; for builds with the kernels for GPUs.</summary>
    public MixedAdamW()
        : this(new CudaAdamWCalls())
    {
    }

    internal MixedAdamW(IAdamWCalls calls)
    {
        _calls = calls;
    }

    /// <summary>How often the parameters' description was sent.</summary>
    internal int Sent { get; private set; }

    /// <summary>The sum of the squares of all gradients, in double precision; finite if and only if every element is. Waits for the GPU.</summary>
    public double SumOfSquares(IReadOnlyList<AdamWParameter> parameters)
    {
        using var scope = torch.NewDisposeScope();
        Describe(parameters);
        if (_chunkCount == 0)
        {
            return 0;
        }

        _calls.SumSquares(
            (NativeCudaParameter*)_parameters!.DataPointer(), (int*)_chunks!.DataPointer(), _chunkCount, (double*)_scratch!.DataPointer(), (double*)_sum!.DataPointer());
        return _sum.item();
    }

    /// <summary>PyTorch's AdamW update of every parameter; launched when it returns.</summary>
    /// <exception cref="ArgumentException">A tensor is not float32 without gaps, the four differ in size, or devices differ.</exception>
    public void Step(IReadOnlyList<AdamWParameter> parameters, in AdamWSettings settings)
    {
        using var scope = torch.NewDisposeScope();
        Describe(parameters);
        if (_chunkCount == 0)
        {
            return;
        }

        var native = settings.ToNative();
        _calls.Step((NativeCudaParameter*)_parameters!.DataPointer(), (int*)_chunks!.DataPointer(), _chunkCount, &native);
        foreach (var parameter in parameters)
        {
            parameter.Value.BumpVersion();
            parameter.ExpAvg.BumpVersion();
            parameter.ExpAvgSq.BumpVersion();
            if (CopyOf(parameter.Value) is not null)
            {
                parameter.Value.Companions.MarkFresh();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _owned.ForEach(tensor => tensor.Dispose());
        _owned.Clear();
    }

    /// <summary>Pairs of a parameter's index and the number of a chunk in it, for parameters of so many elements.</summary>
    internal static int[] ChunksOf(IEnumerable<long> counts)
    {
        var chunks = new List<int>();
        foreach (var (parameter, count) in counts.Index())
        {
            for (var chunk = 0; chunk * (long)Chunk < count; chunk++)
            {
                chunks.Add(parameter);
                chunks.Add(chunk);
            }
        }

        return [.. chunks];
    }

    private static Tensor? CopyOf(Tensor value) => value.HasCompanions ? value.Companions.ExistingCopy : null;

    private void Describe(IReadOnlyList<AdamWParameter> parameters)
    {
        var natives = new NativeCudaParameter[parameters.Count];
        for (var index = 0; index < natives.Length; index++)
        {
            natives[index] = NativeOf(parameters[index]);
        }

        var bytes = MemoryMarshal.AsBytes(natives.AsSpan());
        if (bytes.SequenceEqual(MemoryMarshal.AsBytes(_sent.AsSpan())))
        {
            return;
        }

        foreach (var parameter in parameters)
        {
            Check(parameter, parameters[0].Value.device);
        }

        Dispose();
        var chunks = ChunksOf(natives.Select(native => native.Count));
        _chunkCount = chunks.Length / 2;
        _sent = natives;
        Sent++;
        if (_chunkCount > 0)
        {
            var device = parameters[0].Value.device;
            _parameters = Owned(torch.tensor<byte>(bytes).to(device));
            _chunks = Owned(torch.tensor<int>(chunks).to(device));
            _scratch = Owned(torch.empty([_chunkCount], ScalarType.Float64, device));
            _sum = Owned(torch.empty([], ScalarType.Float64, device));
        }
    }

    private Tensor Owned(Tensor tensor)
    {
        _owned.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    private static void Check(in AdamWParameter parameter, Device device)
    {
        var value = parameter.Value;
        foreach (var (tensor, name) in new[] { (value, "Value"), (parameter.Gradient, "Gradient"), (parameter.ExpAvg, "ExpAvg"), (parameter.ExpAvgSq, "ExpAvgSq") })
        {
            if (tensor.dtype != ScalarType.Float32 || !tensor.is_contiguous() || tensor.numel() != value.numel() || tensor.device != device)
            {
                throw new ArgumentException($"'{name}' is {tensor}, but the value is {value}; all four are float32 of one shape on {device}, without gaps.", nameof(parameter));
            }
        }
    }

    private static NativeCudaParameter NativeOf(in AdamWParameter parameter)
    {
        var value = parameter.Value;
        return new NativeCudaParameter
        {
            Value = (float*)value.DataPointer(),
            Gradient = (float*)parameter.Gradient.DataPointer(),
            ExpAvg = (float*)parameter.ExpAvg.DataPointer(),
            ExpAvgSq = (float*)parameter.ExpAvgSq.DataPointer(),
            Copy = CopyOf(value) is { } copy ? copy.DataPointer() : null,
            Count = value.numel(),
            WeightDecay = parameter.WeightDecay,
        };
    }
}
