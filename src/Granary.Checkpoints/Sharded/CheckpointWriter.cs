using System.Globalization;
using System.Security.Cryptography;
using Granary.Checkpoints.Safetensors;
using Granary.Core.Files;
using Granary.Core.Runs;
using Granary.Torch;

namespace Granary.Checkpoints.Sharded;

/// <summary>Writes a run's checkpoints and keeps the newest of them.</summary>
public sealed class CheckpointWriter
{
    /// <summary>The file in the run's folder that names the newest checkpoint.</summary>
    public const string LatestName = "latest";

    /// <summary>The folder of checkpoints in the run's.</summary>
    internal const string FolderName = "checkpoints";

    private const long MaxFileBytes = 4L << 30;

    private readonly string _runFolder;
    private readonly string _folder;
    private readonly int _kept;
    private readonly GenerationFence? _fence;

    /// <summary>
    /// Writes to checkpoints/ in a run's folder; after each all but the newest <paramref name="kept"/> are removed, 0 keeps all.
    /// A rank of a generation writes where only its generation does.
    /// </summary>
    public CheckpointWriter(string runFolder, int kept, GenerationFence? fence = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(kept);
        _runFolder = runFolder;
        _folder = Path.Combine(runFolder, fence?.FolderName ?? FolderName);
        _kept = kept;
        _fence = fence;
    }

    /// <summary>The name of the checkpoint after a step.</summary>
    public static string NameOf(long step)
    {
        return string.Create(CultureInfo.InvariantCulture, $"step-{step:D8}");
    }

    /// <summary>
    /// Writes a checkpoint and publishes it: (1) files into a temporary folder, each synced, (2) the manifest, (3) rename,
    /// (4) the pointer, (5) old checkpoints go. Fails without a trace; the checkpoint before stays the newest.
    /// </summary>
    /// <exception cref="CheckpointException">The files could not be written: the disk is full, or reports an error.</exception>
    /// <exception cref="FencedException">The run is trained by another generation; nothing is published.</exception>
    public string Write(CheckpointSnapshot snapshot)
    {
        var final = Path.Combine(_folder, NameOf(snapshot.Step));
        var temporary = AtomicFile.TemporaryNameFor(final);
        try
        {
            Directory.CreateDirectory(temporary);
            WriteFiles(snapshot, temporary);
            _fence?.Check();
            if (Directory.Exists(final))
            {
                // The same step again, after a resume from an earlier checkpoint: the folder that is there has its place.
                Directory.Delete(final, recursive: true);
            }

            AtomicFile.PublishFolder(temporary, final);
            Point(NameOf(snapshot.Step));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            RemoveQuietly(temporary);
            throw new CheckpointException(
                final, $"The checkpoint of step {snapshot.Step} could not be written: {exception.Message.TrimEnd('.')}. Free space or name another folder; the checkpoint before it is whole.", exception);
        }
        catch
        {
            RemoveQuietly(temporary);
            throw;
        }

        RemoveOld();
        return final;
    }

    /// <summary>Removes what a killed writer left behind.</summary>
    public void RemoveLeftovers()
    {
        if (!Directory.Exists(Path.Combine(_runFolder, FolderName)))
        {
            return;
        }

        // Of all generations: what an earlier one had not published it never will.
        foreach (var leftover in Directory.EnumerateDirectories(Path.Combine(_runFolder, FolderName), $"*{AtomicFile.TemporaryMark}*", SearchOption.AllDirectories).ToList())
        {
            if (_fence?.IsOfLater(leftover) != true)
            {
                Directory.Delete(leftover, recursive: true);
            }
        }
    }

    private static void WriteFiles(CheckpointSnapshot snapshot, string folder)
    {
        var files = new SortedDictionary<string, CheckpointFile>(StringComparer.Ordinal);
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (kind, tensors) in new[] { ("model", snapshot.Parameters), ("optimizer", snapshot.Optimizer) })
        {
            foreach (var (part, index) in Parts(tensors).Select((part, index) => (part, index)))
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{kind}-{index + 1:D5}.safetensors");
                var writer = new SafetensorsWriter();
                foreach (var (tensorName, tensor) in part)
                {
                    hashes[$"{name}:{tensorName}"] = TensorBytes.Sha256(tensor);
                    writer.Add(tensorName, TensorBytes.DtypeOf(tensor.dtype), tensor.shape, stream => TensorBytes.Write(tensor, stream));
                }

                var digest = writer.Write(Path.Combine(folder, name));
                files[name] = new CheckpointFile(digest.Length, digest.Sha256);
            }
        }

        foreach (var (name, content) in snapshot.Files)
        {
            AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(content));
            files[name] = new CheckpointFile(content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));
        }

        var manifest = new CheckpointManifest
        {
            Version = CheckpointManifest.CurrentVersion,
            Step = snapshot.Step,
            Facts = snapshot.Facts,
            Files = files,
            Tensors = hashes,
        };
        AtomicFile.WriteText(Path.Combine(folder, CheckpointManifest.FileName), manifest.ToJson());
    }

    private static IEnumerable<List<(string Name, Tensor Tensor)>> Parts(IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        var part = new List<(string, Tensor)>();
        var bytes = 0L;
        foreach (var entry in tensors)
        {
            var size = entry.Tensor.numel() * entry.Tensor.dtype.ElementSize();
            if (part.Count > 0 && bytes + size > MaxFileBytes)
            {
                yield return part;
                part = [];
                bytes = 0;
            }

            part.Add(entry);
            bytes += size;
        }

        if (part.Count > 0)
        {
            yield return part;
        }
    }

    private static void RemoveQuietly(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (IOException)
        {
            // The first failure is the one to report; what stays carries the temporary mark and goes at the next start.
        }
    }

    private void Point(string name)
    {
        if (_fence is null)
        {
            AtomicFile.WriteText(Path.Combine(_runFolder, LatestName), $"{FolderName}/{name}\n");
        }
        else
        {
            _fence.Point($"{_fence.FolderName}/{name}");
        }
    }

    private void RemoveOld()
    {
        if (_kept == 0)
        {
            return;
        }

        var old = Directory.EnumerateDirectories(Path.Combine(_runFolder, FolderName), "step-*", SearchOption.AllDirectories)
            .Where(path => !path.Contains(AtomicFile.TemporaryMark, StringComparison.Ordinal))
            .OrderByDescending(Path.GetFileName, StringComparer.Ordinal)
            .Skip(_kept)
            .Where(IsLeftBehind);
        foreach (var path in old.ToList())
        {
            Directory.Delete(path, recursive: true);
        }
    }

    // The pointer of the run only ever moves on, so what lies before it is needed by nobody, whoever has moved it meanwhile.
    private bool IsLeftBehind(string checkpoint)
    {
        return _fence is null || (CheckpointReader.FindLatest(_runFolder) is { } latest && RunFolder.StepOf(checkpoint) < RunFolder.StepOf(latest));
    }
}
