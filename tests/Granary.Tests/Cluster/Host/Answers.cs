using System.Net.Http.Json;
using System.Text.Json;
using Granary.Cluster.Protocol;

namespace Granary.Cluster.Host.Tests;

/// <summary>Short words for what tests send and read.</summary>
internal static class Answers
{
    public static Task<HttpResponseMessage> SendAsync(this HttpClient client, string path, object body)
    {
        return client.PostAsync(path, JsonContent.Create(body, body.GetType(), options: WireJson.Options));
    }

    public static async Task<T> ReadAsync<T>(this HttpResponseMessage answer)
    {
        return (await answer.Content.ReadFromJsonAsync<T>(WireJson.Options))!;
    }

    /// <summary>The sentence of a problem.</summary>
    public static async Task<string> DetailAsync(this HttpResponseMessage answer)
    {
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"), answer.StatusCode.ToString());
        return (await answer.ReadAsync<JsonElement>()).GetProperty("detail").GetString()!;
    }
}
