using System.Reflection;
using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains.Tests;

/// <summary>A ledger whose calls fail where a test says so: before they did anything, or after they did all.</summary>
public class FaultyLedger : DispatchProxy
{
    private IClusterLedger _ledger = null!;
    private Func<string, LedgerFault> _faults = _ => LedgerFault.None;

    internal static IClusterLedger Around(IClusterLedger ledger, Func<string, LedgerFault> faults)
    {
        var proxy = Create<IClusterLedger, FaultyLedger>();
        ((FaultyLedger)(object)proxy)._ledger = ledger;
        ((FaultyLedger)(object)proxy)._faults = faults;
        return proxy;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var result = targetMethod!.ReturnType.IsGenericType ? targetMethod.ReturnType.GetGenericArguments()[0] : typeof(bool);
        return typeof(FaultyLedger).GetMethod(nameof(CallAsync), BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(result).Invoke(this, [targetMethod, args]);
    }

    // Answers come later, as from a database: calls of grains then really interleave.
    private async Task<T> CallAsync<T>(MethodInfo method, object?[] arguments)
    {
        var fault = _faults(method.Name);
        await Task.Yield();
        var answer = fault == LedgerFault.Before ? null : (Task)method.Invoke(_ledger, arguments)!;
        await Task.Yield();
        if (fault != LedgerFault.None)
        {
            throw new LedgerUnavailableException("The database did not answer.", new IOException("cut"));
        }

        await answer!;
        return answer is Task<T> result ? result.Result : default!;
    }
}

internal enum LedgerFault
{
    None,
    Before,
    After,
}
