using System.Globalization;
using System.Text;

namespace Granary.Cluster.Submission.Kubernetes;

/// <summary>The names of a submission's objects: DNS labels, short enough for what Kubernetes appends to them.</summary>
internal static class KubernetesNames
{
    /// <summary>The preparation's job in a JobSet.</summary>
    public const string Prepare = "prepare";

    /// <summary>The ranks' job in a JobSet.</summary>
    public const string Train = "train";

    // A JobSet's pod is NAME-train-0-RANK-SUFFIX, of at most 63 letters.
    private const int Longest = 30;
    private const int OperationDigits = 8;

    /// <summary>The name of all objects of a submission: the run's, as far as a label may hold it, and the operation's beginning.</summary>
    public static string Of(string run, string operation)
    {
        var name = new StringBuilder();
        foreach (var letter in run.ToLowerInvariant())
        {
            name.Append(char.IsAsciiLetterOrDigit(letter) ? letter : '-');
        }

        var text = name.ToString();
        return $"{text[..Math.Min(text.Length, Longest)].Trim('-')}-{operation[..OperationDigits]}";
    }

    /// <summary>The name by which all ranks find the first: the pod keeps it when it is made anew.</summary>
    public static string FirstRank(string name, KubernetesWorkload workload)
    {
        return workload == KubernetesWorkload.Jobset ? $"{name}-{Train}-0-0.{name}" : $"{name}-0.{name}";
    }

    /// <summary>A number as the text that variables and quantities are.</summary>
    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
