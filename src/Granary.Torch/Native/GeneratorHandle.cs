using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_generator.</summary>
internal sealed class GeneratorHandle : SafeHandle
{
    public GeneratorHandle(nint handle)
        : base(0, ownsHandle: true)
    {
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.gn_generator_free(handle);
        return true;
    }
}
