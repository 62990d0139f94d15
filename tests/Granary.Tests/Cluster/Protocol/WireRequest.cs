using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Granary.Cluster.Protocol.Tests;

/// <summary>A request on the wire, which the test answers.</summary>
internal sealed class WireRequest
{
    private readonly TaskCompletionSource<HttpResponseMessage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpRequestMessage _request;

    public WireRequest(HttpRequestMessage request, string body)
    {
        (_request, Body) = (request, body);
        (Query, Authorization) = (request.RequestUri!.Query, request.Headers.Authorization);
    }

    public string Body { get; }

    public string Query { get; }

    public AuthenticationHeaderValue? Authorization { get; }

    public Task<HttpResponseMessage> Answered => _answer.Task;

    public T Read<T>() => JsonSerializer.Deserialize<T>(Body, WireJson.Options)!;

    public void Answer(object body, HttpStatusCode status = HttpStatusCode.OK)
    {
        _answer.TrySetResult(new HttpResponseMessage(status) { RequestMessage = _request, Content = JsonContent.Create(body, body.GetType(), options: WireJson.Options) });
    }

    public void Answer(HttpStatusCode status)
    {
        _answer.TrySetResult(new HttpResponseMessage(status) { RequestMessage = _request, Content = new ByteArrayContent([]) });
    }

    public void AnswerText(string text, string mediaType, params IReadOnlyList<(string Name, string Value)> headers)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = _request, Content = new StringContent(text, Encoding.UTF8, mediaType) };
        headers.ToList().ForEach(header => answer.Headers.Add(header.Name, header.Value));
        _answer.TrySetResult(answer);
    }

    public void Refuse(HttpStatusCode status, string detail)
    {
        Answer(new { type = "about:blank", title = status.ToString(), status = (int)status, detail }, status);
    }

    /// <summary>The connection breaks: nobody knows whether the coordinator has seen the request.</summary>
    public void Cut()
    {
        _answer.TrySetException(new HttpRequestException("The connection was cut."));
    }
}
