using System.CommandLine;
using System.Runtime.Versioning;
using Granary.Cli.Cluster;
using Granary.Cluster.Host;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Granary.Cli.Commands;

/// <summary>`granary serve`: the coordinator that hands out work to the nodes of a cluster.</summary>
internal static class ServeCommand
{
    private static readonly ServeOptions Usual = new() { Folder = string.Empty };

    private static readonly Option<string> Folder = new("--folder") { Description = "The folder that all nodes see: jobs, runs and logs lie below it.", Required = true };
    private static readonly Option<string> Url = new("--url") { Description = "Where to listen; port 0 takes a free one.", DefaultValueFactory = _ => Usual.Url };
    private static readonly Option<string?> Database = new("--database") { Description = "sqlite:FILE or postgres:CONNECTION; with a password postgres:env:NAME or postgres:file:FILE. Default: granary.db in the folder." };
    private static readonly Option<TimeSpan?> LeaseTime = TimeOption.Create("--lease-time", "How long leases hold: so long after a node is lost its work is given to another. Default: 30s.");
    private static readonly Option<TimeSpan?> KeepJobs = TimeOption.Create("--keep-jobs", "How long what is known of a job stays after its end; its files stay for good. Default: 30d; an hour at the least.");
    private static readonly Option<string?> Tokens = new("--tokens") { Description = "The file with the tokens. Default: tokens.json in the folder." };
    private static readonly Option<string?> Certificate = new("--certificate") { Description = "The certificate for TLS, a PEM file." };
    private static readonly Option<string?> CertificateKey = new("--certificate-key") { Description = "The certificate's key, a PEM file." };
    private static readonly Option<bool> AllowsPlainHttp = new("--insecure-i-know") { Description = "Listens beyond this machine without TLS: tokens can be read on the way." };
    private static readonly Option<string?> Otlp = new("--otlp") { Description = "Where to send metrics by OTLP over HTTP, such as http://127.0.0.1:4318." };

    internal static Command Build(TimeProvider time)
    {
        var command = new Command("serve", "Hands out work to the nodes of a cluster, over HTTP, and shows on a page how it goes.");
        foreach (var option in (Option[])[Folder, Url, Database, LeaseTime, KeepJobs, Tokens, Certificate, CertificateKey, AllowsPlainHttp, Otlp])
        {
            command.Options.Add(option);
        }

        command.SetAction(arguments => Guard.Run(() =>
        {
            if (OperatingSystem.IsWindows())
            {
                Console.Error.WriteLine($"{Guard.Mark}The coordinator keeps its files by Unix' modes, which Windows has not. Run it on Linux, or under WSL.");
                return ExitCodes.Failed;
            }

            return ServeAsync(Read(arguments), time).GetAwaiter().GetResult();
        }));
        return command;
    }

    private static ServeOptions Read(ParseResult arguments)
    {
        return new ServeOptions
        {
            Folder = Path.GetFullPath(arguments.GetRequiredValue(Folder)),
            Url = arguments.GetRequiredValue(Url),
            Database = arguments.GetValue(Database),
            LeaseTime = arguments.GetValue(LeaseTime) ?? Usual.LeaseTime,
            EndedJobsStay = arguments.GetValue(KeepJobs) ?? Usual.EndedJobsStay,
            TokensFile = arguments.GetValue(Tokens),
            Certificate = arguments.GetValue(Certificate),
            CertificateKey = arguments.GetValue(CertificateKey),
            AllowsPlainHttp = arguments.GetValue(AllowsPlainHttp),
            Otlp = arguments.GetValue(Otlp),
        };
    }

    [UnsupportedOSPlatform("windows")]
    private static async Task<int> ServeAsync(ServeOptions options, TimeProvider time)
    {
        await using var coordinator = CoordinatorHost.Build(options, new RunConfigurations(), time, AddLogs);
        await coordinator.StartAsync();
        Welcome(options, coordinator);
        await coordinator.WaitForShutdownAsync();
        return ExitCodes.Done;
    }

    [UnsupportedOSPlatform("windows")]
    private static void Welcome(ServeOptions options, WebApplication coordinator)
    {
        var address = coordinator.Urls.First();
        Console.Out.WriteLine($"coordinator  {address}");
        Console.Out.WriteLine($"dashboard    {address}/");
        Console.Out.WriteLine($"admin token  {CoordinatorHost.AdminTokenPath(options)}");
        Console.Out.WriteLine($"try next: granary token add worker --role worker --folder {options.Folder} --output worker.token");
    }

    // Lines for people on the error output; one line each, whatever a value holds.
    private static void AddLogs(ILoggingBuilder logs)
    {
        logs.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logs.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logs.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning);

        // What keeps the host from starting ends the command, which says it.
        logs.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
    }
}
