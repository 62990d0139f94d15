using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text.Json.Nodes;
using Granary.Cli.Stages;
using Granary.Core;
using Granary.Pipelines.Climb.Predictors;
using Granary.Pipelines.Corpus;
using Granary.Torch;
using Granary.Torch.Distributed;
using Granary.Training;

namespace Granary.Cli.Commands;

/// <summary>`granary doctor`: what this machine has, what it lacks, and what to do about it.</summary>
internal static class DoctorCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("doctor", "Says what this machine has and lacks, and what to do about it.");
        var json = new Option<bool>("--json") { Description = "One JSON object." };
        command.Options.Add(json);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var findings = Examine(time);
            Print(findings, arguments.GetValue(json));
            return findings.Any(finding => finding is { IsNeeded: true, IsFound: false }) ? ExitCodes.Failed : ExitCodes.Done;
        }));
        return command;
    }

    private static List<Finding> Examine(TimeProvider time)
    {
        var findings = new List<Finding>
        {
            new("processor", true, true, $"{Environment.ProcessorCount} cores, {RuntimeInformation.ProcessArchitecture}, {VectorUnits()}", string.Empty),
            new("memory", true, true, string.Create(CultureInfo.InvariantCulture, $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:F1} GB"), string.Empty),
            new("disk", true, true, string.Create(CultureInfo.InvariantCulture, $"{new DriveInfo(Environment.CurrentDirectory).AvailableFreeSpace / 1e9:F1} GB free here"), string.Empty),
            new(".NET", true, true, RuntimeInformation.FrameworkDescription, string.Empty),
        };
        AddTorch(findings, time);
        AddFolder(findings, "demo: SDK documentation", () => new PathPlaceholders().Expand("${dotnet}/packs"), "install a .NET SDK with its reference packs");
        AddFolder(findings, "demo: libtorch's headers", TorchInclude.Find, "install libtorch-dev with `make setup`");
        findings.Add(Parquet());
        findings.Add(Trees());
        findings.Add(Program("xz", "the demo's yardstick for compression", "install xz-utils"));
        return findings;
    }

    private static void AddTorch(List<Finding> findings, TimeProvider time)
    {
        try
        {
            torch.set_num_threads(Environment.ProcessorCount);
            findings.Add(new Finding("libtorch", true, true, $"{torch.version}, {torch.get_num_threads()} threads, CUDA {(torch.cuda_is_available() ? "yes" : "no")}", string.Empty));
            findings.Add(new Finding("matrix rate", true, true, string.Create(CultureInfo.InvariantCulture, $"{MatrixRate.Measure(time) / 1e9:F0} GFLOP/s in fp32, measured now"), string.Empty));
            findings.Add(ManyRanks());
            findings.Add(Gpu());
        }
        catch (TypeInitializationException exception) when (exception.InnerException is TorchException inner)
        {
            findings.Add(new Finding("libtorch", true, false, inner.Message, "`make setup`, then `make build`"));
        }
        catch (TorchException exception)
        {
            findings.Add(new Finding("libtorch", true, false, exception.Message, "`make setup`, then `make build`"));
        }
    }

    private static void AddFolder(List<Finding> findings, string name, Func<string?> find, string remedy)
    {
        var folder = Found(find);
        var isFound = folder is not null && Directory.Exists(folder);
        findings.Add(new Finding(name, false, isFound, folder ?? "not found", remedy));
    }

    // A word of a path that stands for nothing on this machine.
    private static string? Found(Func<string?> find)
    {
        try
        {
            return find();
        }
        catch (CorpusException)
        {
            return null;
        }
    }

    private static Finding ManyRanks()
    {
        var backends = DistributedBackends.Available();
        return new Finding("many ranks", false, backends.Count > 0, backends.Count > 0 ? string.Join(", ", backends) : "no backend in this build", "install libgloo-dev with `make setup`, then `make build`");
    }

    private static Finding Gpu()
    {
        if (!torch.cuda.is_available() || torch.cuda.device_count() is not (> 0 and var count))
        {
            return new Finding("GPU", false, false, "no CUDA device can be used", "where there is one, build against a libtorch with CUDA");
        }

        var devices = Enumerable.Range(0, count).Select(torch.cuda.get_device_properties).Select(device => string.Create(CultureInfo.InvariantCulture, $"{device.Name}, {device.TotalMemory / 1e9:F0} GB, compute capability {device.Major}.{device.Minor}"));
        var kernels = torch.cuda.has_kernels ? "own kernels compiled in" : "without own kernels: install nvcc and build again for speed";
        return new Finding("GPU", false, true, $"{string.Join("; ", devices)}; {kernels}", string.Empty);
    }

    private static Finding Parquet()
    {
        var library = ParquetLibrary.Find(out var missing);
        return new Finding("DuckDB, for Parquet", false, library is not null, library ?? missing, "`make setup` fetches it");
    }

    private static Finding Trees()
    {
        var library = TreeLibrary.Find(out var missing);
        return new Finding("XGBoost, for predictors", false, library is not null, library ?? missing, "`make setup` installs it");
    }

    private static Finding Program(string name, string purpose, string remedy)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var path = folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        return new Finding(name, false, path is not null, path is null ? $"not found; {purpose}" : $"{path}; {purpose}", remedy);
    }

    private static string VectorUnits()
    {
        return (Avx512F.IsSupported, Avx2.IsSupported) switch
        {
            (true, _) => "AVX-512",
            (_, true) => "AVX2",
            _ => "no AVX2",
        };
    }

    private static void Print(List<Finding> findings, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(new JsonObject(findings.Select(finding => KeyValuePair.Create(finding.Name, (JsonNode?)new JsonObject
            {
                ["found"] = finding.IsFound,
                ["needed"] = finding.IsNeeded,
                ["what"] = finding.What,
                ["remedy"] = finding.IsFound ? null : finding.Remedy,
            }))).ToJsonString());
            return;
        }

        foreach (var finding in findings)
        {
            var mark = finding.IsFound ? "ok     " : finding.IsNeeded ? "missing" : "absent ";
            Console.Out.WriteLine($"{mark} {finding.Name,-26} {finding.What}{(finding.IsFound ? string.Empty : $" - {finding.Remedy}.")}");
        }
    }

    private sealed record Finding(string Name, bool IsNeeded, bool IsFound, string What, string Remedy);
}
