using System.Collections.Concurrent;
using System.Net;

namespace Autodiff.Tests.Data;

/// <summary>Answers requests without a network, and remembers them.</summary>
internal sealed class FakeMirror(Func<Uri, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    public ConcurrentQueue<Uri> Requests { get; } = [];

    public FakeMirror(Func<Uri, HttpResponseMessage> answer)
        : this((uri, _) => Task.FromResult(answer(uri)))
    {
    }

    public static HttpResponseMessage Body(byte[] bytes) =>
        new(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) };

    public static HttpResponseMessage Body(Stream stream) =>
        new(HttpStatusCode.OK) { Content = new StreamContent(stream) };

    public static HttpResponseMessage Status(HttpStatusCode status) => new(status);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request,
        CancellationToken cancellationToken)
    {
        Requests.Enqueue(request.RequestUri!);
        return answer(request.RequestUri!, cancellationToken);
    }
}
