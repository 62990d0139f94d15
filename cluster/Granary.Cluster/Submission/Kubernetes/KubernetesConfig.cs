using System.Text.RegularExpressions;
using Granary.Core.Configuration;

namespace Granary.Cluster.Submission.Kubernetes;

/// <summary>What a run asks of Kubernetes: ranks as pods that share a volume.</summary>
public sealed partial record KubernetesConfig : IConfigSection
{
    /// <summary>The image; cluster/Containerfile builds it.</summary>
    public required string Image { get; init; }

    /// <summary>The persistent volume claim that holds the runs, and the corpus where it is not in the image; all pods mount it.</summary>
    public required string Claim { get; init; }

    /// <summary>`job`: one indexed Job, whose rank 0 prepares. `jobset`: preparation and training as jobs of a JobSet, which restarts all ranks together. Default job.</summary>
    public KubernetesWorkload Workload { get; init; } = KubernetesWorkload.Job;

    /// <summary>The namespace. Default null: that of kubectl's context.</summary>
    public string? Namespace { get; init; }

    /// <summary>Pods that train together. Default 1.</summary>
    public int Ranks { get; init; } = 1;

    /// <summary>Cores of each pod, as Kubernetes writes them: 4, 500m. Default 1.</summary>
    public string Cpu { get; init; } = "1";

    /// <summary>Memory of each pod. Default 4Gi.</summary>
    public string Memory { get; init; } = "4Gi";

    /// <summary>GPUs of each pod. Default 0.</summary>
    public int Gpus { get; init; }

    /// <summary>The resource that a GPU is. Default nvidia.com/gpu.</summary>
    public string GpuResource { get; init; } = "nvidia.com/gpu";

    /// <summary>How often all ranks may fail and begin again from the newest checkpoint. Default 20.</summary>
    public int MaxRestarts { get; init; } = 20;

    /// <summary>How long a pod that is to end may take to save. Default 2m.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Variables for the run's environment. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Variables whose values are secrets of the cluster, as SECRET/KEY; the value itself never passes through here. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(ImageName().IsMatch(Image), $"{path}.image", Image, "an image's name as registry/name:tag");
        errors.Require(IsSubdomain(Claim), $"{path}.claim", Claim, "the name of a claim: lower case letters, digits, '-' and '.'");
        errors.Require(Namespace is null || IsLabel(Namespace), $"{path}.namespace", Namespace, "1 to 63 lower case letters, digits or '-'");
        errors.Require(Ranks is >= 1 and <= 100_000, $"{path}.ranks", Ranks, "from 1 to 100000");
        errors.Require(Quantity().IsMatch(Cpu), $"{path}.cpu", Cpu, "a quantity as 4 or 500m");
        errors.Require(Quantity().IsMatch(Memory), $"{path}.memory", Memory, "a quantity as 16Gi");
        errors.Require(Gpus >= 0, $"{path}.gpus", Gpus, "0 or more");
        errors.Require(ResourceName().IsMatch(GpuResource), $"{path}.gpu_resource", GpuResource, "a resource's name as nvidia.com/gpu");
        errors.Require(MaxRestarts is >= 0 and <= 10_000, $"{path}.max_restarts", MaxRestarts, "from 0 to 10000");
        errors.Require(Grace >= TimeSpan.FromSeconds(1) && Grace <= TimeSpan.FromHours(1), $"{path}.grace", Grace, "from 1s to 1h");
        AllowedText.RequireVariables(Environment, $"{path}.environment", errors);
        AllowedText.RequireVariables(Secrets, $"{path}.secrets", errors);
        foreach (var (variable, reference) in Secrets)
        {
            errors.Require(SecretReference().IsMatch(reference), $"{path}.secrets.{variable}", reference, "a secret and its key as SECRET/KEY");
            errors.Require(!Environment.ContainsKey(variable), $"{path}.secrets.{variable}", reference, $"left out, or {path}.environment.{variable} is: a variable has one value");
        }
    }

    /// <summary>Whether a name may be a DNS label, as services and namespaces are called.</summary>
    internal static bool IsLabel(string name) => Label().IsMatch(name);

    private static bool IsSubdomain(string name) => name.Length <= 253 && name.Split('.').All(IsLabel);

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z", RegexOptions.NonBacktracking)]
    private static partial Regex Label();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._:/@-]{0,255}\z", RegexOptions.NonBacktracking)]
    private static partial Regex ImageName();

    [GeneratedRegex(@"\A[0-9]{1,12}(\.[0-9]{1,6})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?\z", RegexOptions.NonBacktracking)]
    private static partial Regex Quantity();

    [GeneratedRegex(@"\A[a-z0-9.-]{1,190}/[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z", RegexOptions.NonBacktracking)]
    private static partial Regex ResourceName();

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9.-]{0,252}/[A-Za-z0-9._-]{1,253}\z", RegexOptions.NonBacktracking)]
    private static partial Regex SecretReference();
}
