using System.Security.Cryptography;
using System.Text;

namespace Granary.Cluster.Workers;

/// <summary>The token of what a worker starts, in a file of its own that only its owner may read, for as long as the work goes on.</summary>
internal sealed class WorkToken : IDisposable
{
    private const int NameDigits = 32;

    private WorkToken(string path)
    {
        Path = path;
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>Writes the token of a lease's work into a folder of this machine.</summary>
    public static WorkToken Write(string folder, LeaseId lease, string token)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lease.ToString())))[..NameDigits];
        var path = System.IO.Path.Combine(folder, $"{name}.token");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(path, options);
        file.Write(Encoding.ASCII.GetBytes(token));
        return new WorkToken(path);
    }

    public void Dispose()
    {
        File.Delete(Path);
    }
}
