using System.Globalization;
using Granary.Cluster.Ledger;
using Granary.Cluster.Protocol;
using Granary.Core.Runs;

namespace Granary.Cluster.Generations;

/// <summary>
/// A training job by generations of ranks: each is placed whole, and when one of its ranks is gone it is ended and another
/// goes on from what was saved.
/// </summary>
/// <remarks>
/// (1) The generation that stands in the run's folder is taken up, so that a job's own process may die and be placed again
/// without its ranks noticing. (2) The next one is written there first, which fences the one before; then its dataset is made.
/// (3) While it goes, what it saves is made the run's, and its progress is watched. (4) However it ends short of its goal, its
/// dataset is cancelled, so that whoever still has a rank is told. Its processes need not be waited for: they write where
/// nobody reads any more, and their threads are not offered before they have ended.
/// </remarks>
public sealed class GenerationTraining
{
    /// <summary>How long one look at the coordinator takes while nothing changes.</summary>
    internal static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    private readonly IGenerationCoordinator _coordinator;
    private readonly IGenerationRun _run;
    private readonly GenerationPlan _plan;
    private readonly TimeProvider _time;

    /// <summary>Creates it; nothing is placed yet.</summary>
    public GenerationTraining(IGenerationCoordinator coordinator, IGenerationRun run, GenerationPlan plan, TimeProvider time)
    {
        (_coordinator, _run, _plan, _time) = (coordinator, run, plan, time);
    }

    /// <summary>Trains to the end. Cancelling leaves the ranks as they are, for the job's next process to take up.</summary>
    /// <exception cref="GenerationsException">Too many generations in a row have failed, or lost their nodes, without a step of progress.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var generation = RunGeneration.Find(_run.Folder) is { } found && found.Dataset == DatasetOf(found.Number) ? found : Next(null, _plan.Ranks, fruitless: 0, lost: 0);
        while (true)
        {
            await _coordinator.CreateAsync(DatasetFor(generation), cancellationToken);
            var course = new GenerationCourse(generation, _plan, _time);
            var end = await FollowAsync(course, cancellationToken);
            var saved = _run.Promote(generation.Number);
            if (end == GenerationEnd.Done)
            {
                return;
            }

            await _coordinator.CancelDatasetAsync(generation.Dataset, cancellationToken);
            var (fruitless, lost) = course.Fruitless(end, saved);
            if (fruitless >= _plan.MostFruitless || lost >= _plan.MostLost)
            {
                throw new GenerationsException(course.GiveUp(end, fruitless + lost), course.Culprit);
            }

            _run.Warn(course.SentenceOf(end));
            generation = Next(generation, course.NextRanks, fruitless, lost);
        }
    }

    private string DatasetOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{_plan.Job}/train/{number}");

    // The one before is sealed first: whatever it saves from here on is not the run's.
    private RunGeneration Next(RunGeneration? before, int ranks, int fruitless, int lost)
    {
        var present = before ?? RunGeneration.Find(_run.Folder);
        var saved = _run.Promote(present?.Number ?? 0);
        var number = (present?.Number ?? 0) + 1;
        var next = new RunGeneration { Number = number, Dataset = DatasetOf(number), Ranks = ranks, FromStep = saved, Fruitless = fruitless, Lost = lost };
        next.Write(_run.Folder);
        _run.Say(string.Create(CultureInfo.InvariantCulture, $"generation {number}: {ranks} ranks{(saved > 0 ? $", going on from step {saved:N0}" : string.Empty)}"));
        if (ranks != _plan.Ranks)
        {
            _run.Warn(string.Create(CultureInfo.InvariantCulture, $"{ranks} ranks take the place of {_plan.Ranks}, for which there is no room: the run goes on, but not with the bits of a run of {_plan.Ranks}."));
        }

        return next;
    }

    private DatasetSpec DatasetFor(RunGeneration generation)
    {
        var work = new ShardWork
        {
            Arguments = _plan.Arguments,
            Threads = _plan.Threads,
            Gpus = _plan.Gpus,
            Environment = new Dictionary<string, string> { [RunGeneration.Variable] = generation.Number.ToString(CultureInfo.InvariantCulture) },
        };
        return new DatasetSpec { Id = generation.Dataset, Job = _plan.Job, Kind = DatasetKind.Ranks, Shards = [.. Enumerable.Repeat(work, generation.Ranks)], MostFailures = 1 };
    }

    private async Task<GenerationEnd> FollowAsync(GenerationCourse course, CancellationToken cancellationToken)
    {
        var version = 0L;
        while (course.End is null)
        {
            try
            {
                version = await LookAsync(course, version, cancellationToken);
            }
            catch (CoordinatorException exception) when (!exception.IsUnwelcome)
            {
                // Ranks go on under their leases meanwhile, so whoever only watches them does too.
                _run.Warn($"The coordinator cannot say how generation {course.Generation.Number.ToString(CultureInfo.InvariantCulture)} stands: {exception.Message}");
                await Task.Delay(Look, _time, cancellationToken);
            }
        }

        return course.End.Value;
    }

    private async Task<long> LookAsync(GenerationCourse course, long version, CancellationToken cancellationToken)
    {
        var id = course.Generation.Dataset;
        var snapshot = await _coordinator.WaitAsync(id, version, Look, cancellationToken);
        var rows = await _coordinator.ListShardsAsync(id, 0, course.Generation.Ranks, cancellationToken);
        _run.Show(rows);
        _run.Promote(course.Generation.Number);
        foreach (var sentence in course.Look(rows, await _coordinator.FindGenerationAsync(id, cancellationToken)))
        {
            _run.Warn(sentence);
        }

        return snapshot.Version;
    }
}
