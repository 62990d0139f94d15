using System.Runtime.CompilerServices;

namespace Granary.Cluster.Submission.Kubernetes;

/// <summary>Runs as Jobs or JobSets of Kubernetes, through kubectl and whatever it is configured for.</summary>
internal sealed class KubernetesSubmitter : ISubmitter
{
    /// <summary>What `--to` says.</summary>
    public const string Name = "kubernetes";

    private const string Part = "run";
    private const string Tool = "kubectl";
    private const string NamesAsIds = "--output=jsonpath={range .items[*]}{.metadata.namespace}/{.kind}/{.metadata.name}{\"\\n\"}{end}";

    private readonly ProgramRunner _programs;

    public KubernetesSubmitter(ProgramRunner programs)
    {
        _programs = programs;
    }

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> PartsOf(SubmissionOrder order) => [Part];

    /// <inheritdoc/>
    public string Describe(SubmissionOrder order, string operation)
    {
        return YamlText.Write(new KubernetesManifests(order, Settings(order), operation).Build());
    }

    /// <inheritdoc/>
    public async Task<string> SubmitAsync(SubmissionOrder order, SubmittedJob job, SubmittedPart part, CancellationToken cancellationToken)
    {
        var result = await _programs.RunAsync(job.Name, Tool, ["apply", "--server-side", "--field-manager=granary", "--filename=-"], cancellationToken, Describe(order, job.Operation));
        if (!result.IsDone)
        {
            throw new SubmissionException(
                job.Name,
                $"Kubernetes did not take run '{job.Name}': kubectl says '{result.Complaint}'. See that kubectl reaches the cluster and may apply there, then submit again.",
                isUnknown: result.ExitCode is null);
        }

        return IdOf(Settings(order), KubernetesNames.Of(order.Name, job.Operation));
    }

    /// <inheritdoc/>
    public async Task<string?> FindAsync(SubmittedJob job, SubmittedPart part, CancellationToken cancellationToken)
    {
        foreach (var kind in (string[])["job", "jobset"])
        {
            var result = await _programs.RunAsync(job.Name, Tool, ["get", kind, "--all-namespaces", $"--selector={SelectorOf(job)}", "--ignore-not-found", NamesAsIds], cancellationToken);
            if (!result.IsDone && !result.Error.Contains("the server doesn't have a resource type", StringComparison.Ordinal))
            {
                throw new SubmissionException(job.Name, $"Whether Kubernetes has run '{job.Name}' is unknown: kubectl says '{result.Complaint}'. Try again once it answers.", isUnknown: true);
            }

            // The jobs of a JobSet carry no label of the submission's.
            if (result.Lines.Length > 0)
            {
                return result.Lines[0].ToLowerInvariant();
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PartReport>> LookAsync(SubmittedJob job, IReadOnlyList<SubmittedPart> parts, CancellationToken cancellationToken)
    {
        var reports = new List<PartReport>();
        foreach (var part in parts)
        {
            var result = await _programs.RunAsync(job.Name, Tool, ["get", .. Object(part), "--output=json"], cancellationToken);
            reports.Add(
                result.IsDone ? KubernetesStates.Read(result.Output)
                : result.Error.Contains("NotFound", StringComparison.Ordinal) ? new PartReport(SubmittedState.Cancelled, "deleted")
                : new PartReport(SubmittedState.Unknown, $"kubectl: {result.Complaint}"));
        }

        return reports;
    }

    /// <inheritdoc/>
    public async Task CancelAsync(SubmittedJob job, IReadOnlyList<SubmittedPart> parts, CancellationToken cancellationToken)
    {
        foreach (var part in parts)
        {
            // The pods have the grace period to save; the configuration stays until they are gone, as they may still read it.
            var result = await _programs.RunAsync(job.Name, Tool, ["delete", .. Object(part), "--cascade=foreground", "--wait=false"], cancellationToken);
            if (!result.IsDone)
            {
                throw new SubmissionException(job.Name, $"Run '{job.Name}' may not be cancelled: kubectl says '{result.Complaint}'. Try again.");
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ReadLogAsync(SubmittedJob job, bool follows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var scope = job.Parts[0].Id is null ? [] : Namespace(job.Parts[0]);
        string[] arguments = ["logs", $"--selector={SelectorOf(job)},batch.kubernetes.io/job-completion-index=0", "--tail=-1", $"--follow={(follows ? "true" : "false")}", .. scope];
        using var process = _programs.Start(job.Name, Tool, arguments);
        using var end = cancellationToken.Register(process.Kill);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        process.StandardInput.Close();
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            yield return line;
        }

        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new SubmissionException(job.Name, $"The log of run '{job.Name}' cannot be had: kubectl says '{(await error).Trim()}'.");
        }
    }

    private static KubernetesConfig Settings(SubmissionOrder order)
    {
        return order.Settings.Kubernetes
            ?? throw new SubmissionException(order.Name, $"Run '{order.Name}' does not say how it runs on Kubernetes. Add a section with at least an image and a claim: submission: {{kubernetes: {{image: NAME, claim: NAME}}}}; docs/submission.md explains it.");
    }

    private static string SelectorOf(SubmittedJob job) => $"{KubernetesManifests.OperationLabel}={job.Operation}";

    // "job/NAME", or "NAMESPACE/job/NAME".
    private static string IdOf(KubernetesConfig settings, string name)
    {
        var kind = settings.Workload.ToString().ToLowerInvariant();
        return settings.Namespace is null ? $"{kind}/{name}" : $"{settings.Namespace}/{kind}/{name}";
    }

    private static string[] Object(SubmittedPart part)
    {
        var words = part.Id!.Split('/');
        return [$"{words[^2]}/{words[^1]}", .. Namespace(part)];
    }

    private static string[] Namespace(SubmittedPart part)
    {
        var words = part.Id!.Split('/');
        return words.Length == 3 ? [$"--namespace={words[0]}"] : [];
    }
}
