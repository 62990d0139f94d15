using System.Globalization;
using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Distributed.Ranks.Tests;

/// <summary>The program of this assembly: a rank in a process of its own, for tests that kill it.</summary>
internal static class RankProgram
{
    /// <summary>Exit code of a rank that ended because one failed; its last line is then that rank's number.</summary>
    internal const int EndedByFailure = 3;

    /// <summary>What ranks do until they are ended from outside.</summary>
    internal enum Part
    {
        /// <summary>Sums, one after the other.</summary>
        Sums,

        /// <summary>Each waits for the next one, which sends nothing.</summary>
        Waiting,

        /// <summary>Three sums, then all leave.</summary>
        Leaving,
    }

    private static int Main(string[] arguments)
    {
        var numbers = arguments[1..].Select(argument => int.Parse(argument, CultureInfo.InvariantCulture)).ToArray();
        var options = new RendezvousOptions { Rank = numbers[0], Size = numbers[1], Port = numbers[2], Timeout = TimeSpan.FromSeconds(numbers[3]) };
        torch.set_num_threads(1);
        try
        {
            using var meeting = Rendezvous.Join(options, TimeProvider.System);
            Say("joined");
            try
            {
                Play(Enum.Parse<Part>(arguments[0]), meeting.World);
            }
            catch (DistributedException exception)
            {
                meeting.Fail(exception);
                throw;
            }

            return 0;
        }
        catch (DistributedException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Say(exception.FailedRank is { } rank ? rank.ToString(CultureInfo.InvariantCulture) : "none");
            return EndedByFailure;
        }
    }

    private static void Play(Part part, ProcessGroup world)
    {
        using var tensor = torch.zeros([100_000]);
        if (part == Part.Waiting)
        {
            world.irecv(tensor, (world.rank + 1) % world.size).wait();
        }

        for (var step = 0L; part == Part.Sums || step < 3; step++)
        {
            world.all_reduce(tensor).wait();
            Say($"step {step}");
        }
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
