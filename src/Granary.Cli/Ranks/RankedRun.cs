using System.CommandLine;
using Granary.Cli.Commands;
using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Distributed.Ranks;

namespace Granary.Cli.Ranks;

/// <summary>A command that trains, as whatever this process is: by itself, the launcher of ranks, or one of them.</summary>
internal sealed class RankedRun
{
    private readonly RunOptions _options;
    private readonly Option<int> _ranks = RanksOption.Create();
    private readonly TimeProvider _time;

    public RankedRun(RunOptions options, Command command, TimeProvider time)
    {
        _options = options;
        _time = time;
        command.Options.Add(_ranks);
    }

    /// <summary>Runs the command; <paramref name="work"/> is all of it for a process that prepares what is trained on.</summary>
    public int Run(ParseResult arguments, Func<RunContext, CancellationToken, bool> work)
    {
        return Guard.Run(() =>
        {
            var variables = LocalMeeting.Variables();
            var environment = RankEnvironment.Read(variables);
            var ranks = arguments.GetValue(_ranks);
            if (environment.IsOneOfMany && ranks > 1)
            {
                throw new ConfigurationException("--ranks", [$"'--ranks' is '{ranks}' but this process is {environment} of {environment.Launcher} already. Leave the option out where each process is started as a rank."]);
            }

            return environment.Launcher switch
            {
                RankLauncherKind.None => RunHere(arguments, ranks, work),
                RankLauncherKind.Granary => new LaunchedRank(environment, Read(arguments), _time).Run(),
                _ => new JoinedRank(environment, variables, Read(arguments), _time).Run(work),
            };
        });
    }

    private int RunHere(ParseResult arguments, int ranks, Func<RunContext, CancellationToken, bool> work)
    {
        var read = Read(arguments);

        // What is asked for on the command line stands before what the file asks of a cluster.
        ranks = ranks > 1 ? ranks : read.Config.Cluster?.Ranks ?? 1;
        RankAgreement.RequireGrid(read.Config, ranks);
        return RunOptions.Run(
            () => read.Config,
            read.Runs,
            read.IsJson,
            _time,
            (context, cancellationToken) => work(context with { RanksToStart = ranks }, cancellationToken),
            ranks > 1 ? $" --ranks {ranks}" : string.Empty);
    }

    private RankedArguments Read(ParseResult arguments)
    {
        return new RankedArguments(_options.Config(arguments), arguments.GetRequiredValue(_options.Runs), _options.IsJson(arguments));
    }
}
