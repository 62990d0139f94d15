using System.CommandLine.Invocation;
using Granary.Cli.Commands;

var parsed = CommandLine.Build(TimeProvider.System).Parse(args);
var code = parsed.Invoke();
return parsed.Action is ParseErrorAction ? ExitCodes.WrongUsage : code;
