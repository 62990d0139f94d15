using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_script.</summary>
internal sealed class ScriptHandle : SafeHandle
{
    public ScriptHandle(nint handle)
        : base(0, ownsHandle: true)
    {
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.gn_script_free(handle);
        return true;
    }
}
