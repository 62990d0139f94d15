namespace Granary.Torch;

/// <summary>A failure inside libtorch or of a tensor operation.</summary>
public sealed class TorchException : Exception
{
    /// <summary>Creates the exception with the native reason and, where managed code failed inside a callback, its exception.</summary>
    public TorchException(string nativeMessage, Exception? inner = null)
        : base(nativeMessage, inner)
    {
        NativeMessage = nativeMessage;
    }

    /// <summary>The reason as the native side gave it.</summary>
    public string NativeMessage { get; }
}
