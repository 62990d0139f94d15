using System.Net;
using Granary.Checkpoints;
using Granary.Cli.Ranks;
using Granary.Cli.Stages;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;
using Granary.Cluster.Submission;
using Granary.Core;
using Granary.Core.Configuration;
using Granary.Core.Runs;
using Granary.Pipelines.Climb.Predictors;
using Granary.Pipelines.Climb.Search;
using Granary.Torch;
using Granary.Torch.Distributed;
using Granary.Training;

namespace Granary.Cli.Commands;

/// <summary>Turns what a command throws into one message and an exit code.</summary>
internal static class Guard
{
    /// <summary>What every message begins with.</summary>
    internal const string Mark = "granary: ";

    /// <summary>
    /// Runs a command. Failures that have a name and a remedy become one line on the error output; anything else is a
    /// fault of this program and keeps its trace.
    /// </summary>
    internal static int Run(Func<int> command)
    {
        try
        {
            return command();
        }
        catch (ConfigurationException exception)
        {
            return Report(exception.Message, ExitCodes.WrongUsage);
        }
        catch (OperationCanceledException)
        {
            return Report("Interrupted. Run the same command again to go on; finished stages are kept.", ExitCodes.Interrupted);
        }
        catch (AggregateException exception) when (exception.InnerExceptions.All(IsExpected))
        {
            return Report(exception.InnerExceptions[0].Message, ExitCodes.Failed);
        }
        catch (TypeInitializationException exception) when (exception.InnerException is TorchException missing)
        {
            return Report(missing.Message, ExitCodes.Failed);
        }
        catch (FencedException exception)
        {
            return Report(exception.Message, ExitCodes.TryElsewhere);
        }
        catch (CoordinatorException exception) when (exception.Status == HttpStatusCode.Unauthorized)
        {
            // The lease of a job's own process is over, and its token with it: another process goes on in its place.
            return Report(exception.Message, ExitCodes.TryElsewhere);
        }
        catch (RanksException exception)
        {
            return Report(exception.Message, exception.ExitCode);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            return Report(exception.Message, ExitCodes.Failed);
        }
    }

    private static bool IsExpected(Exception exception)
    {
        return exception is CorpusException or SubmissionException or CoordinatorException or LedgerUnavailableException or MixtureSearchException or PredictorException or CheckpointException or TorchException or TrainingException or StageException or RunInUseException or DistributedException or IOException or UnauthorizedAccessException;
    }

    private static int Report(string message, int code)
    {
        // A rank whose failure another one tells of has none.
        if (message.Length > 0)
        {
            Console.Error.WriteLine($"{Mark}{message}");
        }

        return code;
    }
}
