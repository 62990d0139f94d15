using System.Net;
using Granary.Cluster.Grains;

namespace Granary.Cluster.Protocol;

/// <summary>The calls about generations of ranks.</summary>
public sealed partial class CoordinatorClient
{
    /// <summary>Says that a rank has its place, and gives its generation once all have, or after the wait as it stands; null where the token is not the rank's any more.</summary>
    public async Task<GenerationSnapshot?> JoinAsync(JoinRequest join, LeaseKeys keys, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            var (response, _) = await AskAsync(HttpMethod.Post, $"{Routes.Generations}?wait={Seconds(wait)}", join, wait, cancellationToken, keys.Holder);
            return await ReadAsync<GenerationSnapshot>(response, cancellationToken);
        }
        catch (CoordinatorException exception) when (exception.Status == HttpStatusCode.Conflict)
        {
            return null;
        }
    }

    /// <summary>A generation with what its ranks said last.</summary>
    public Task<GenerationSnapshot> FindGenerationAsync(string dataset, CancellationToken cancellationToken)
    {
        return GetAsync<GenerationSnapshot>($"{Routes.Generations}?id={Uri.EscapeDataString(dataset)}", TimeSpan.Zero, cancellationToken);
    }

    /// <summary>Ends all work on a dataset.</summary>
    public Task CancelDatasetAsync(string dataset, CancellationToken cancellationToken)
    {
        return AskAsync(HttpMethod.Delete, $"{Routes.Datasets}?id={Uri.EscapeDataString(dataset)}", body: null, TimeSpan.Zero, cancellationToken);
    }
}
