using System.CommandLine.Invocation;
using Granary.Cli.Commands;
using Granary.Cli.Jobs;

JobProcess.FollowLauncher();
var parsed = CommandLine.Build(TimeProvider.System).Parse(args);
var code = parsed.Invoke();
return parsed.Action is ParseErrorAction ? ExitCodes.WrongUsage : code;
