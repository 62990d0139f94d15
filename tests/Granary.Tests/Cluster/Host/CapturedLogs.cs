using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Granary.Cluster.Host.Tests;

/// <summary>Keeps every line that is logged, of every category and level.</summary>
internal sealed class CapturedLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger : ILogger
    {
        private readonly CapturedLogs _logs;
        private readonly string _category;

        public Logger(CapturedLogs logs, string category)
        {
            (_logs, _category) = (logs, category);
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            // A scope's values reach real logs too.
            _logs._lines.Enqueue($"{_category} scope: {string.Join(", ", state as IEnumerable<KeyValuePair<string, object?>> ?? [])} {state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            _logs._lines.Enqueue($"{_category} {logLevel}: {formatter(state, exception)} {exception}");
        }
    }
}
