using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.XGBoost;

/// <summary>Finds XGBoost's library where a machine may have it, or says in one sentence what is missing.</summary>
internal static class XGBoostLibrary
{
    /// <summary>The variable that names the library's file and goes before all other places.</summary>
    internal const string Variable = "GRANARY_XGBOOST";

    // Debian's package libxgboost0 has the first, a build of one's own the second.
    private static readonly string[] SystemNames = ["libxgboost.so.0", "libxgboost.so"];

    /// <summary>The library's version, such as 1.7.4.</summary>
    /// <exception cref="XGBoostException">It is missing.</exception>
    internal static unsafe string Version
    {
        get
        {
            int major, minor, patch;
            NativeMethods.XGBoostVersion(&major, &minor, &patch);
            return $"{major}.{minor}.{patch}";
        }
    }

    /// <summary>Loads the library.</summary>
    /// <exception cref="XGBoostException">No place has it, or it cannot be loaded.</exception>
    internal static nint Load()
    {
        return Load(Environment.GetEnvironmentVariable(Variable), SystemNames);
    }

    /// <summary>Loads the file that is <paramref name="named"/>, else what the system has by one of some names.</summary>
    internal static nint Load(string? named, IReadOnlyList<string> systemNames)
    {
        if (!string.IsNullOrEmpty(named))
        {
            return LoadFile(named);
        }

        foreach (var name in systemNames)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return library;
            }
        }

        throw new XGBoostException($"XGBoost's library, which predictors with trees need, is missing: neither {Variable} nor the system's libraries have {string.Join(" or ", systemNames)}. Run 'make setup', which installs the package libxgboost0, or choose another predictor.");
    }

    private static nint LoadFile(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            throw new XGBoostException($"XGBoost's library '{path}' cannot be loaded: {exception.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}. Name XGBoost's libxgboost.so in {Variable}, or unset it.", exception);
        }
    }
}
