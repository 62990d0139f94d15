using System.Threading.Channels;

namespace Granary.Bench.GrainCall;

/// <summary>The least that a call through a queue costs: a channel, one reader, an answer by a completion source.</summary>
internal static class ChannelPeer
{
    internal static async Task EchoAsync(int calls)
    {
        var channel = Channel.CreateUnbounded<(int Number, TaskCompletionSource<int> Answer)>(new UnboundedChannelOptions { SingleReader = true });
        var reading = ReadAsync(channel.Reader);
        for (var call = 0; call < calls; call++)
        {
            var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            channel.Writer.TryWrite((call, answer));
            await answer.Task;
        }

        channel.Writer.Complete();
        await reading;
    }

    private static async Task ReadAsync(ChannelReader<(int Number, TaskCompletionSource<int> Answer)> reader)
    {
        await foreach (var (number, answer) in reader.ReadAllAsync())
        {
            answer.SetResult(number);
        }
    }
}
