using System.CommandLine;

namespace Granary.Cli.Commands;

/// <summary>The whole command line: what `granary` understands.</summary>
internal static class CommandLine
{
    /// <summary>Builds the commands; <paramref name="time"/> is the clock of all of them.</summary>
    internal static RootCommand Build(TimeProvider time)
    {
        return new RootCommand("Language-model training from raw text to an exported checkpoint.")
        {
            RunCommand.Build(time),
            CorpusCommand.Build(time),
            TokenizerCommand.Build(time),
            DecomposeCommand.Build(time),
            ShardsCommand.Build(time),
            TrainCommand.Build(time),
            EvalCommand.Build(time),
            SampleCommand.Build(time),
            ExportCommand.Build(),
            MixCommand.Build(time),
            MazesCommand.Build(time),
            ServeCommand.Build(time),
            TokenCommand.Build(time),
            CheckCommand.Build(),
            PlanCommand.Build(time),
            DoctorCommand.Build(time),
            BenchCommand.Build(time),
        };
    }
}
