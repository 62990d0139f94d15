using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Granary.Torch.Native;

namespace Granary.Torch.Operators;

/// <summary>An ATen operator, called by name through the dispatcher; its schema decides how arguments are packed.</summary>
public sealed unsafe class Operator
{
    private const int MaxListedResults = 16_384;

    // The native side keeps what it has found as long as the process lives, so nothing is looked up twice.
    private static readonly ConcurrentDictionary<(string Name, string Overload), Operator> Found = new();

    private readonly nint _handle;

    private Operator(nint handle, string schema)
    {
        _handle = handle;
        Schema = schema;
    }

    /// <summary>The schema as libtorch writes it.</summary>
    public string Schema { get; }

    /// <summary>Finds an operator: <c>Find("aten::add", "Tensor")</c>.</summary>
    /// <exception cref="TorchException">This libtorch has no such operator.</exception>
    public static Operator Find(string name, string overload = "")
    {
        return TryFind(name, overload)
            ?? throw new TorchException($"No operator is named '{name}' with overload '{overload}' in libtorch {torch.version}.");
    }

    /// <summary>Finds an operator, or null where this libtorch has none of that name and overload.</summary>
    public static Operator? TryFind(string name, string overload = "")
    {
        if (Found.TryGetValue((name, overload), out var known))
        {
            return known;
        }

        nint handle;
        NativeStatus.Check(NativeMethods.gn_operator_find(name, overload, &handle));
        return handle == 0
            ? null
            : Found.GetOrAdd((name, overload), new Operator(handle, Marshal.PtrToStringUTF8((nint)NativeMethods.gn_operator_schema(handle))!));
    }

    /// <summary>Calls an operator that returns one tensor.</summary>
    public Tensor Call(params ReadOnlySpan<OperatorArgument> arguments)
    {
        NativeValue result;
        Invoke(arguments, &result, 1, 1);
        return TensorOf(&result);
    }

    /// <summary>Calls an operator that changes its first argument, and returns that argument.</summary>
    /// <exception cref="TorchException">The operator returned something else.</exception>
    public Tensor CallInPlace(params ReadOnlySpan<OperatorArgument> arguments)
    {
        NativeValue result;
        Invoke(arguments, &result, 1, 1);
        Release(&result, 1);
        if (result.Kind == ValueKind.Tensor && arguments[0].Reference is Tensor changed && changed.Handle == (nint)result.Pointer)
        {
            return changed;
        }

        throw new TorchException($"Operator '{Schema}' was called as one that changes its first argument, but it returned something else; use Call.");
    }

    /// <summary>Calls an operator that returns two tensors.</summary>
    public (Tensor First, Tensor Second) CallPair(params ReadOnlySpan<OperatorArgument> arguments)
    {
        var results = stackalloc NativeValue[2];
        Invoke(arguments, results, 2, 2);
        return (TensorOf(results), TensorOf(results + 1));
    }

    /// <summary>Calls an operator that returns three tensors.</summary>
    public (Tensor First, Tensor Second, Tensor Third) CallTriple(params ReadOnlySpan<OperatorArgument> arguments)
    {
        var results = stackalloc NativeValue[3];
        Invoke(arguments, results, 3, 3);
        return (TensorOf(results), TensorOf(results + 1), TensorOf(results + 2));
    }

    /// <summary>Calls an operator that returns a list of tensors, or several; undefined ones are null.</summary>
    public Tensor?[] CallList(params ReadOnlySpan<OperatorArgument> arguments)
    {
        var buffer = ArrayPool<NativeValue>.Shared.Rent(MaxListedResults);
        try
        {
            fixed (NativeValue* results = buffer)
            {
                var tensors = new Tensor?[Invoke(arguments, results, MaxListedResults, -1)];
                for (var index = 0; index < tensors.Length; index++)
                {
                    tensors[index] = results[index] is { Kind: ValueKind.Tensor } value && value.Pointer != null ? new Tensor((nint)value.Pointer) : null;
                }

                return tensors;
            }
        }
        finally
        {
            ArrayPool<NativeValue>.Shared.Return(buffer);
        }
    }

    /// <summary>Calls an operator that returns nothing.</summary>
    public void CallVoid(params ReadOnlySpan<OperatorArgument> arguments)
    {
        NativeValue unused;
        Invoke(arguments, &unused, 1, 0);
    }

    /// <summary>Calls an operator that returns a number; truth values count as 0 and 1.</summary>
    public double CallNumber(params ReadOnlySpan<OperatorArgument> arguments)
    {
        NativeValue result;
        Invoke(arguments, &result, 1, 1);
        return IsReal(&result) ? result.Real : result.Integer;
    }

    /// <summary>Calls an operator that returns an integer or a truth value.</summary>
    public long CallInteger(params ReadOnlySpan<OperatorArgument> arguments)
    {
        NativeValue result;
        Invoke(arguments, &result, 1, 1);
        return IsReal(&result) ? checked((long)result.Real) : result.Integer;
    }

    private static void Release(NativeValue* results, int count)
    {
        for (var index = 0; index < count; index++)
        {
            if (results[index].Kind == ValueKind.Tensor && results[index].Pointer != null)
            {
                NativeMethods.gn_tensor_free((nint)results[index].Pointer);
            }
        }
    }

    private bool IsReal(NativeValue* value)
    {
        if (value->Kind is ValueKind.Real or ValueKind.Integer or ValueKind.Boolean)
        {
            return value->Kind == ValueKind.Real;
        }

        Release(value, 1);
        throw new TorchException($"Operator '{Schema}' returned no number where one was expected.");
    }

    private Tensor TensorOf(NativeValue* value)
    {
        return value->Kind == ValueKind.Tensor && value->Pointer != null
            ? new Tensor((nint)value->Pointer)
            : throw new TorchException($"Operator '{Schema}' returned no tensor where one was expected.");
    }

    private int Invoke(ReadOnlySpan<OperatorArgument> arguments, NativeValue* results, int capacity, int expected)
    {
        var values = stackalloc NativeValue[arguments.Length];
        ArgumentPins pins = default;
        try
        {
            for (var index = 0; index < arguments.Length; index++)
            {
                Pack(in arguments[index], values + index, ref pins);
            }

            int count;
            NativeStatus.Check(NativeMethods.gn_operator_call(_handle, values, arguments.Length, results, capacity, &count));
            if (expected >= 0 && count != expected)
            {
                Release(results, count);
                throw new TorchException($"Operator '{Schema}' returned {count} values where {expected} were expected.");
            }

            return count;
        }
        finally
        {
            pins.Free();

            // The tensors must outlive the call, also when the caller has no further use for them.
            foreach (ref readonly var argument in arguments)
            {
                GC.KeepAlive(argument.Reference);
            }
        }
    }

    private static void Pack(in OperatorArgument argument, NativeValue* value, ref ArgumentPins pins)
    {
        value->Kind = argument.Kind;
        value->Integer = argument.Bits;
        value->Count = 1;
        switch (argument.Kind)
        {
            case ValueKind.Tensor:
                value->Pointer = (void*)Unsafe.As<Tensor>(argument.Reference)!.Handle;
                break;
            case ValueKind.Generator:
                value->Pointer = (void*)((Generator)argument.Reference!).Handle;
                break;
            case ValueKind.Integers or ValueKind.Reals:
                PackArray((Array)argument.Reference!, value, ref pins);
                break;
            case ValueKind.Tensors:
                PackArray(Array.ConvertAll((Tensor?[])argument.Reference!, tensor => tensor?.Handle ?? 0), value, ref pins);
                break;
            case ValueKind.Text:
                PackArray(Encoding.UTF8.GetBytes((string)argument.Reference!), value, ref pins);
                break;
        }
    }

    private static void PackArray(Array array, NativeValue* value, ref ArgumentPins pins)
    {
        value->Count = array.Length;
        value->Pointer = pins.Pin(array);
    }

    /// <summary>Arrays pinned for one call. Most calls have at most two; the list is for the others.</summary>
    private struct ArgumentPins
    {
        private GCHandle _first;
        private GCHandle _second;
        private List<GCHandle>? _others;

        public void* Pin(Array array)
        {
            var handle = GCHandle.Alloc(array, GCHandleType.Pinned);
            if (!_first.IsAllocated)
            {
                _first = handle;
            }
            else if (!_second.IsAllocated)
            {
                _second = handle;
            }
            else
            {
                (_others ??= []).Add(handle);
            }

            return (void*)handle.AddrOfPinnedObject();
        }

        public readonly void Free()
        {
            if (_first.IsAllocated)
            {
                _first.Free();
            }

            if (_second.IsAllocated)
            {
                _second.Free();
            }

            _others?.ForEach(handle => handle.Free());
        }
    }
}
