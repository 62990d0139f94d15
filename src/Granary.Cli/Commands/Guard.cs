using Granary.Checkpoints;
using Granary.Cli.Ranks;
using Granary.Cli.Stages;
using Granary.Cluster.Ledger;
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
        return exception is CorpusException or MixtureSearchException or PredictorException or CheckpointException or TorchException or TrainingException or StageException or RunInUseException or DistributedException or LedgerUnavailableException or IOException or UnauthorizedAccessException;
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
