using Granary.Cluster.Protocol;
using Granary.Core.Runs;

namespace Granary.Cli.Commands;

/// <summary>
/// The claim on a run's folder. Of a coordinator's job two processes may be there for a while: one on a node that was taken for
/// dead, and the one that was placed in its stead. The second waits: it would fail before the first has noticed its end.
/// </summary>
internal static class RunClaim
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    /// <summary>Claims a run's folder; as a coordinator's job, once nobody else holds it.</summary>
    /// <exception cref="RunInUseException">Another process uses the run.</exception>
    public static RunFolder Take(Func<RunFolder> claim, CancellationToken cancellationToken)
    {
        var isJob = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(CoordinatorOptions.JobVariable));
        return isJob ? Await(claim, Console.Error.WriteLine, () => !cancellationToken.WaitHandle.WaitOne(Rest)) : claim();
    }

    /// <summary>Claims again and again, until it succeeds or <paramref name="rest"/> says that it need not any more.</summary>
    internal static RunFolder Await(Func<RunFolder> claim, Action<string> say, Func<bool> rest)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return claim();
            }
            catch (RunInUseException exception)
            {
                if (attempt == 0)
                {
                    say($"Waits for the process that had this job before. {exception.Message}");
                }

                if (!rest())
                {
                    throw;
                }
            }
        }
    }
}
