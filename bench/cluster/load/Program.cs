using System.Globalization;
using System.Text.Json;
using Granary.Cluster.Ledger;
using Granary.Testing;

namespace Granary.Bench.ClusterLoad;

/// <summary>
/// The ledger on a PostgreSQL server of its own, with synced commits, under 2,000 workers that renew and 1,000 shards a second
/// that are granted and committed; then the listing of 100,000 shards. Calls begin when they are due, whether those before are
/// answered or not, and are timed from then on. Prints a JSON line a round; 0 if all bounds are kept.
/// </summary>
internal static class Program
{
    private const int Rounds = 3;
    private const int ListedShards = 100_000;
    private const double MostPairMilliseconds = 50;
    private const double MostListSeconds = 1;

    private static readonly JsonSerializerOptions Lines = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static async Task<int> Main(string[] arguments)
    {
        if (PostgresServer.WhyAbsent is { } reason)
        {
            Console.Error.WriteLine(reason);
            return 2;
        }

        var seconds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 60;
        await using var server = await PostgresServer.StartAsync(isDurable: true);
        await using var database = ClusterDatabase.Open($"postgres:{await server.CreateDatabaseAsync()};Maximum Pool Size=24", TimeProvider.System);
        await database.Ledger.OpenAsync(default);
        var isWithinBounds = true;
        for (var round = 0; round < Rounds; round++)
        {
            var figures = await new LoadRound(database.Ledger, round).RunAsync(TimeSpan.FromSeconds(seconds));
            Console.WriteLine(JsonSerializer.Serialize(figures, Lines));
            isWithinBounds &= figures.FalseExpiries == 0 && figures.Failures == 0 && figures.PairMilliseconds.P99 <= MostPairMilliseconds && figures.PairsPerSecond >= LoadRound.PairsPerSecond * 0.99;
        }

        var listing = await ListAsync(database.Ledger);
        Console.WriteLine(JsonSerializer.Serialize(listing, Lines));
        return isWithinBounds && listing.ListSeconds <= MostListSeconds ? 0 : 1;
    }

    private static async Task<ListFigures> ListAsync(IClusterLedger ledger)
    {
        var work = new ShardWork { Arguments = ["tokenize", "--part", "0", "--output", ShardWork.OutputPlaceholder], Output = "/data/stages/tokens/part.0" };
        var clock = TimeProvider.System;
        var begin = clock.GetTimestamp();
        await ledger.CreateAsync(new DatasetSpec { Id = "list/all", Job = "list", Shards = [.. Enumerable.Repeat(work, ListedShards)] }, default);
        var created = clock.GetElapsedTime(begin).TotalSeconds;
        var times = new List<double>();
        for (var sample = 0; sample < 7; sample++)
        {
            begin = clock.GetTimestamp();
            var rows = await ledger.ListAsync("list/all", 0, ListedShards, default);
            times.Add(clock.GetElapsedTime(begin).TotalSeconds);
            ArgumentOutOfRangeException.ThrowIfNotEqual(rows.Count, ListedShards);
        }

        begin = clock.GetTimestamp();
        await ledger.ListGrantableAsync("list/all", ListedShards / 2, 1_000, default);
        var grantable = clock.GetElapsedTime(begin).TotalSeconds;
        return new ListFigures("list", ListedShards, created, times.Order().ElementAt(3), times, grantable);
    }

    private sealed record ListFigures(string Kind, int Shards, double CreateSeconds, double ListSeconds, IReadOnlyList<double> Samples, double GrantableSeconds);
}
