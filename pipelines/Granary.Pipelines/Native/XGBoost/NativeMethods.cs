using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.XGBoost;

/// <summary>The functions of XGBoost's C API that are used here, in the order of xgboost/c_api.h; versions 1.7 to 3 have them all.</summary>
internal static unsafe partial class NativeMethods
{
    // No file has this name, so nothing but the resolver finds the library.
    private const string Library = "granary-xgboost";

    static NativeMethods()
    {
        LibraryResolver.Add(Library, XGBoostLibrary.Load);
    }

    [LibraryImport(Library)]
    internal static partial void XGBoostVersion(int* major, int* minor, int* patch);

    [LibraryImport(Library)]
    internal static partial byte* XGBGetLastError();

    [LibraryImport(Library)]
    internal static partial int XGDMatrixCreateFromMat(float* values, ulong rows, ulong columns, float missing, out nint matrix);

    [LibraryImport(Library)]
    internal static partial int XGDMatrixFree(nint matrix);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int XGDMatrixSetFloatInfo(MatrixHandle matrix, string field, float* values, ulong count);

    [LibraryImport(Library)]
    internal static partial int XGBoosterCreate(nint* matrices, ulong count, out nint booster);

    [LibraryImport(Library)]
    internal static partial int XGBoosterFree(nint booster);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int XGBoosterSetParam(BoosterHandle booster, string name, string value);

    [LibraryImport(Library)]
    internal static partial int XGBoosterUpdateOneIter(BoosterHandle booster, int iteration, MatrixHandle matrix);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int XGBoosterPredictFromDMatrix(BoosterHandle booster, MatrixHandle matrix, string config, ulong** shape, ulong* dimensions, float** predictions);
}
