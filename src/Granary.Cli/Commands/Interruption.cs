using System.Runtime.InteropServices;

namespace Granary.Cli.Commands;

/// <summary>Ctrl-C and SIGTERM as a token: the first asks the work to save and end, a second Ctrl-C ends the process.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly bool _isQuiet;

    /// <summary>Begins to listen; a quiet one leaves it to its launcher to say what an end means.</summary>
    public Interruption(bool isQuiet = false)
    {
        _isQuiet = isQuiet;
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    /// <summary>Cancelled once an end was asked for.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
        {
            return;
        }

        context.Cancel = true;
        if (!_isQuiet)
        {
            Console.Error.WriteLine($"{Guard.Mark}saving; press Ctrl-C again to end at once without saving.");
        }

        _source.Cancel();
    }
}
