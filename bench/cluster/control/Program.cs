using System.Globalization;
using Granary.Cluster.Grains;
using Granary.Cluster.Host;
using Granary.Cluster.Hosting;
using Granary.Cluster.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Granary.Bench.UnfencedCluster;

/// <summary>
/// The negative control of the cluster's campaigns: the coordinator as it is, but over a ledger that does not look at tokens. A
/// campaign that finds no fault in it would find none in anything. It takes the options of `granary serve` that a campaign gives.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        const string Postgres = "postgres:";
        if (OperatingSystem.IsWindows() || !ValueOf("--database").StartsWith(Postgres, StringComparison.Ordinal))
        {
            Console.Error.WriteLine("The control runs on Linux, over a database 'postgres:CONNECTION'.");
            return 2;
        }

        var lease = TimeSpan.FromSeconds(double.Parse(ValueOf("--lease-time").TrimEnd('s'), CultureInfo.InvariantCulture));
        var options = new ServeOptions { Folder = ValueOf("--folder"), Url = ValueOf("--url"), Database = ValueOf("--database"), LeaseTime = lease, AllowsPlainHttp = true };
        await using var coordinator = CoordinatorHost.Build(options, new HostLimits(), TimeProvider.System, builder => AddCluster(builder, options, options.Database[Postgres.Length..]), logs => logs.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole());
        await coordinator.RunAsync();
        return 0;

        string ValueOf(string option) => arguments[Array.IndexOf(arguments, option) + 1];
    }

    // What the coordinator itself adds, in its order, with another ledger in front of its own.
    private static void AddCluster(WebApplicationBuilder builder, ServeOptions options, string connection)
    {
        builder.Services.AddSingleton<IJobConfigurations, AnyConfiguration>().AddGranaryGrains(new ClusterOptions { Folder = options.Folder, LeaseTime = options.LeaseTime });
        builder.Services.AddHostedService<LedgerOpening>();
        builder.AddGrainRuntime(options.Database!);
        builder.Services.AddSingleton<IClusterLedger>(services => new UnfencedLedger(services.GetRequiredService<ClusterDatabase>().Ledger, connection));
        builder.Services.AddHostedService<ClusterResumption>();
    }
}
