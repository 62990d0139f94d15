using System.CommandLine;
using Granary.Cluster.Host.Security;

namespace Granary.Cli.Commands;

/// <summary>`granary token`: who may do what with a coordinator.</summary>
internal static class TokenCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "The token's name, which stands in logs and beside jobs." };
    private static readonly Option<string> Folder = new("--folder") { Description = "The coordinator's folder, with tokens.json in it.", DefaultValueFactory = _ => "." };
    private static readonly Option<string?> Tokens = new("--tokens") { Description = "The file with the tokens, where it is not in the folder." };

    internal static Command Build(TimeProvider time)
    {
        return new Command("token", "Makes, lists and revokes the tokens that a coordinator accepts; one that runs sees it at once.")
        {
            BuildAdd(time),
            BuildList(time),
            BuildRevoke(time),
        };
    }

    private static Command BuildAdd(TimeProvider time)
    {
        var role = new Option<TokenRole>("--role") { Description = "What its holder may do: admin, submit, read or worker.", Required = true };
        var expires = TimeOption.Create("--expires", "After what time it ends by itself. Default: never.");
        var output = new Option<string?>("--output") { Description = "Writes it to a file that only its owner may read, instead of printing it." };
        var command = new Command("add", "Makes a token and shows it once; only its hash is kept.") { Name, role, expires, output, Folder, Tokens };
        command.SetAction(arguments => Guard.Run(() =>
        {
            var token = FileOf(arguments, time).Add(arguments.GetRequiredValue(Name), arguments.GetValue(role), arguments.GetValue(expires));
            if (arguments.GetValue(output) is { } file)
            {
                TokenFile.WriteToken(file, token);
            }
            else
            {
                Console.Out.WriteLine(token);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command BuildList(TimeProvider time)
    {
        var command = new Command("list", "Lists tokens by name; no token itself is known any more.") { Folder, Tokens };
        command.SetAction(arguments => Guard.Run(() =>
        {
            var now = time.GetUtcNow();
            foreach (var token in FileOf(arguments, time).List())
            {
                var state = token.IsValidAt(now) ? token.Expires is { } end ? $"until {end:u}" : "valid" : token.Revoked is { } revoked ? $"revoked {revoked:u}" : $"ended {token.Expires:u}";
                Console.Out.WriteLine($"{token.Name,-24} {token.Role.ToString().ToLowerInvariant(),-7} made {token.Created:u}  {state}");
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command BuildRevoke(TimeProvider time)
    {
        var command = new Command("revoke", "Ends a token at once.") { Name, Folder, Tokens };
        command.SetAction(arguments => Guard.Run(() =>
        {
            FileOf(arguments, time).Revoke(arguments.GetRequiredValue(Name));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static TokenFile FileOf(ParseResult arguments, TimeProvider time)
    {
        return new TokenFile(arguments.GetValue(Tokens) ?? Path.Combine(arguments.GetRequiredValue(Folder), TokenFile.Name), time);
    }
}
