using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.DuckDb;

/// <summary>
/// Rows that this program makes while a query reads them, under a name of their own: <c>SELECT * FROM name()</c>. They
/// are read once, in order, by one thread. A name belongs to its database until that is closed, and cannot be used again.
/// </summary>
internal sealed unsafe class DuckDbSource
{
    private readonly IReadOnlyList<DuckDbSourceColumn> _columns;
    private readonly Func<DuckDbChunk, int> _fill;
    private ExceptionDispatchInfo? _fault; // what ended a fill; DuckDB itself carries texts only

    private DuckDbSource(IReadOnlyList<DuckDbSourceColumn> columns, Func<DuckDbChunk, int> fill)
    {
        _columns = columns;
        _fill = fill;
    }

    /// <summary>
    /// Runs a statement that reads the rows as <c>name()</c>. <paramref name="fill"/> fills a chunk and gives the number
    /// of its rows, 0 at the end; what it throws comes out here as it was thrown.
    /// </summary>
    /// <exception cref="DuckDbException">DuckDB refuses the statement, or it fails.</exception>
    public static void Execute(DuckDbConnection connection, string name, IReadOnlyList<DuckDbSourceColumn> columns, Func<DuckDbChunk, int> fill, string sql)
    {
        var source = new DuckDbSource(columns, fill);
        source.Register(connection, name);
        try
        {
            connection.Execute(sql);
        }
        catch (DuckDbException)
        {
            source._fault?.Throw();
            throw;
        }
    }

    private void Register(DuckDbConnection connection, string name)
    {
        var function = NativeMethods.duckdb_create_table_function();
        try
        {
            NativeMethods.duckdb_table_function_set_name(function, name);
            NativeMethods.duckdb_table_function_set_extra_info(function, GCHandle.ToIntPtr(GCHandle.Alloc(this)), &Free);
            NativeMethods.duckdb_table_function_set_bind(function, &Bind);
            NativeMethods.duckdb_table_function_set_init(function, &Initialize);
            NativeMethods.duckdb_table_function_set_function(function, &Produce);
            if (NativeMethods.duckdb_register_table_function(connection.Handle, function) != NativeMethods.Success)
            {
                throw new DuckDbException($"DuckDB refuses a function with the name '{name}'");
            }
        }
        finally
        {
            NativeMethods.duckdb_destroy_table_function(&function);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(nint source)
    {
        GCHandle.FromIntPtr(source).Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Bind(nint info)
    {
        foreach (var column in Of(NativeMethods.duckdb_bind_get_extra_info(info))._columns)
        {
            var element = NativeMethods.duckdb_create_logical_type((int)column.Type);
            var type = column.IsList ? NativeMethods.duckdb_create_list_type(element) : 0;
            NativeMethods.duckdb_bind_add_result_column(info, column.Name, type == 0 ? element : type);
            NativeMethods.duckdb_destroy_logical_type(&element);
            NativeMethods.duckdb_destroy_logical_type(&type);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Initialize(nint info)
    {
        // One thread reads the rows unless more are asked for here.
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Produce(nint info, nint chunk)
    {
        var source = Of(NativeMethods.duckdb_function_get_extra_info(info));
        try
        {
            NativeMethods.duckdb_data_chunk_set_size(chunk, (ulong)source._fill(new DuckDbChunk(chunk)));
        }
        catch (Exception exception)
        {
            // No exception may cross DuckDB's frames; Execute throws it.
            source._fault = ExceptionDispatchInfo.Capture(exception);
            NativeMethods.duckdb_function_set_error(info, exception.Message);
        }
    }

    private static DuckDbSource Of(nint source)
    {
        return (DuckDbSource)GCHandle.FromIntPtr(source).Target!;
    }
}
