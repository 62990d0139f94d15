using Granary.Torch.Native;

namespace Granary.Torch;

/// <summary>A TorchScript module, as torch.jit.save writes it, in main memory and set to evaluation.</summary>
public sealed unsafe class ScriptModule : IDisposable
{
    private readonly ScriptHandle _handle;

    /// <summary>Reads a module.</summary>
    /// <exception cref="TorchException">The file is missing or no such module.</exception>
    public ScriptModule(string path)
    {
        nint script;
        NativeStatus.Check(NativeMethods.gn_script_load(path, &script));
        _handle = new ScriptHandle(script);
        int required;
        int all;
        NativeStatus.Check(NativeMethods.gn_script_get_arguments(script, &required, &all));
        (RequiredArguments, Arguments) = (required, all);
    }

    /// <summary>Arguments of forward that have no default.</summary>
    public int RequiredArguments { get; }

    /// <summary>Arguments of forward.</summary>
    public int Arguments { get; }

    /// <summary>What forward makes of tensors, without history: its tensor, or the first one in its tuple, list or dictionary.</summary>
    /// <exception cref="TorchException">forward failed, or returned no tensor.</exception>
    public Tensor forward(params Tensor[] inputs)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        using var handles = new HandleArray(inputs);
        nint result;
        NativeStatus.Check(NativeMethods.gn_script_call(_handle.DangerousGetHandle(), handles.Pointer, inputs.Length, &result));
        GC.KeepAlive(this);
        return new Tensor(result);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handle.Dispose();
    }
}
