namespace Granary.Core.Files;

/// <summary>A claim that one process at a time can hold: the operating system's lock on a file, which goes with the process however it ends.</summary>
public static class FileClaim
{
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMac = 35;
    private const int SharingViolationOnWindows = unchecked((int)0x80070020);

    /// <summary>Takes the claim, which disposing gives up; null while another holds it.</summary>
    /// <param name="path">The file; created when it is not there, and left.</param>
    public static FileStream? TryTake(string path)
    {
        try
        {
            // FileShare.None is an exclusive lock of the operating system (flock on Linux).
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (exception.HResult is WouldBlockOnLinux or WouldBlockOnMac or SharingViolationOnWindows)
        {
            return null;
        }
    }
}
