using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;

namespace Granary.Bench.GrainCall;

/// <summary>
/// What a call of a grain costs in the embedded runtime. Prints medians in microseconds of the clock for calls one after the
/// other (latency) and of processor time for many under way at once (throughput), beside a peer: the same hand-over to
/// another thread and back with a channel and a completion source. Gives 1 where a call is above 5 us.
/// </summary>
internal static class Program
{
    private const int Samples = 7;
    private const int Calls = 100_000;
    private const int AtOnce = 64;
    private const double MostMicroseconds = 5;

    private static async Task<int> Main()
    {
        await using var services = new ServiceCollection()
            .AddEmbeddedOrleans(new EmbeddedOrleansOptions { GrainAssemblies = [typeof(Program).Assembly] })
            .BuildServiceProvider();
        var grains = services.GetRequiredService<IGrainFactory>();
        Func<Task>[] work =
        [
            () => EchoAsync(grains.GetGrain<IEchoGrain>("one"), Calls),
            () => grains.GetGrain<IEchoGrain>("two").EchoOfAsync("one", Calls),
            () => Task.WhenAll(Enumerable.Range(0, AtOnce).Select(number => EchoAsync(grains.GetGrain<IEchoGrain>($"{number}"), Calls / AtOnce))),
            () => ChannelPeer.EchoAsync(Calls),
        ];
        string[] names = ["from outside", "from a grain", $"{AtOnce} at once", "a channel"];
        var samples = names.Select(_ => new List<(double Clock, double Processor)>()).ToArray();
        for (var sample = -2; sample < Samples; sample++)
        {
            for (var kind = 0; kind < work.Length; kind++)
            {
                var taken = await TakeAsync(work[kind]);
                if (sample >= 0)
                {
                    samples[kind].Add(taken);
                }
            }
        }

        for (var kind = 0; kind < work.Length; kind++)
        {
            Console.WriteLine(FormattableString.Invariant($"{names[kind],-13} {Median(samples[kind].Select(taken => taken.Clock)):0.00} us of the clock, {Median(samples[kind].Select(taken => taken.Processor)):0.00} us of processor time a call ({Lines(samples[kind])})"));
        }

        return samples[..3].All(kind => Median(kind.Select(taken => taken.Clock)) <= MostMicroseconds) ? 0 : 1;
    }

    private static async Task EchoAsync(IEchoGrain grain, int calls)
    {
        for (var call = 0; call < calls; call++)
        {
            await grain.EchoAsync(call);
        }
    }

    private static async Task<(double Clock, double Processor)> TakeAsync(Func<Task> work)
    {
        var processor = Environment.CpuUsage.TotalTime;
        var begin = Stopwatch.GetTimestamp();
        await work();
        return (Stopwatch.GetElapsedTime(begin).TotalMicroseconds / Calls, (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / Calls);
    }

    private static string Lines(List<(double Clock, double Processor)> samples)
    {
        return string.Join(", ", samples.Select(sample => sample.Clock.ToString("0.00", CultureInfo.InvariantCulture)));
    }

    private static double Median(IEnumerable<double> samples)
    {
        var sorted = samples.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
