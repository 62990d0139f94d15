using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Granary.Torch.Native;
using Granary.Torch.Operators;

namespace Granary.Torch;

/// <summary>
/// A libtorch tensor, with TorchSharp's names. It belongs to the dispose scope it is created in, or, outside of scopes,
/// to whoever disposes it first: the caller or the garbage collector. Not to be disposed while another thread uses it.
/// </summary>
public sealed unsafe partial class Tensor : IDisposable
{
    private nint _handle;

    // One of these two is set while the tensor lives: the scope that frees it, or the keeper that would; neither where an
    // AutogradFunction does.
    private DisposeScope? _scope;
    private TensorKeeper? _keeper;

    /// <summary>Takes over a handle.</summary>
    internal Tensor(nint handle)
    {
        _handle = handle;
        if (DisposeScope.Current is { } scope)
        {
            scope.Add(this);
        }
        else
        {
            _keeper = new TensorKeeper(handle);
        }
    }

    private Tensor(nint handle, DisposeScope? scope)
    {
        _handle = handle;
        _scope = scope;
    }

    /// <summary>The native handle.</summary>
    /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
    internal nint Handle
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (_handle == 0)
            {
                ThrowDisposed();
            }

            return _handle;
        }
    }

    internal int ScopeIndex { get; private set; }

    /// <summary>Whether the tensor was disposed.</summary>
    public bool IsInvalid => _handle == 0;

    /// <summary>The size along each dim.</summary>
    public long[] shape
    {
        get
        {
            var layout = Layout();
            var sizes = new ReadOnlySpan<long>(layout.Sizes, layout.Dimensions).ToArray();
            GC.KeepAlive(this);
            return sizes;
        }
    }

    /// <summary>Elements between neighbours along a dim; a negative dim counts from the end.</summary>
    public long stride(int dim)
    {
        var layout = Layout();
        var stride = layout.Strides[CheckedDim(dim, layout.Dimensions)];
        GC.KeepAlive(this);
        return stride;
    }

    /// <summary>The size along a dim; a negative dim counts from the end.</summary>
    public long size(int dim)
    {
        var layout = Layout();
        var size = layout.Sizes[CheckedDim(dim, layout.Dimensions)];
        GC.KeepAlive(this);
        return size;
    }

    /// <summary>The number of dims.</summary>
    public int ndim => Layout().Dimensions;

    /// <summary>The number of elements.</summary>
    public long numel() => Layout().Elements;

    /// <summary>The type of the elements.</summary>
    public ScalarType dtype => (ScalarType)Layout().Type;

    /// <summary>Where the elements are.</summary>
    public Device device
    {
        get
        {
            var layout = Layout();
            return new Device((DeviceType)layout.DeviceType, layout.DeviceIndex);
        }
    }

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool is_contiguous() => Layout().IsContiguous != 0;

    /// <summary>Whether the tensor is a leaf of the graph.</summary>
    public bool is_leaf
    {
        get
        {
            int value;
            NativeStatus.Check(NativeMethods.gn_tensor_get_is_leaf(Handle, &value));
            GC.KeepAlive(this);
            return value != 0;
        }
    }

    /// <summary>Whether operators on the tensor record history.</summary>
    public bool requires_grad
    {
        get
        {
            int value;
            NativeStatus.Check(NativeMethods.gn_tensor_get_requires_grad(Handle, &value));
            GC.KeepAlive(this);
            return value != 0;
        }
        set
        {
            NativeStatus.Check(NativeMethods.gn_tensor_set_requires_grad(Handle, value ? 1 : 0));
            GC.KeepAlive(this);
        }
    }

    /// <summary>Sets <see cref="requires_grad"/> and returns the tensor.</summary>
    public Tensor requires_grad_(bool value = true)
    {
        requires_grad = value;
        return this;
    }

    /// <summary>The gradient accumulated so far, sharing memory; null where there is none. Setting null drops it.</summary>
    public Tensor? grad
    {
        get
        {
            nint gradient;
            NativeStatus.Check(NativeMethods.gn_tensor_get_grad(Handle, &gradient));
            GC.KeepAlive(this);
            return gradient == 0 ? null : new Tensor(gradient);
        }
        set
        {
            NativeStatus.Check(NativeMethods.gn_tensor_set_grad(Handle, value?.Handle ?? 0));
            GC.KeepAlive(this);
            GC.KeepAlive(value);
        }
    }

    /// <summary>
    /// Gives the memory behind the tensor another size in bytes, with arbitrary content; 0 frees it until the next call. Every
    /// tensor over the same memory sees it, those that a graph saved too, and may be used again once it is as large as before.
    /// </summary>
    /// <exception cref="TorchException">The memory is the caller's own.</exception>
    public void resize_storage_(long bytes)
    {
        NativeStatus.Check(NativeMethods.gn_tensor_resize_storage(Handle, bytes));
        GC.KeepAlive(this);
    }

    /// <summary>Makes this a tensor over another's memory and shape; what it was before is let go. History and gradient stay its own.</summary>
    public void set_data(Tensor other)
    {
        Aten.SetData.CallList(this, other);
    }

    /// <summary>Counts a change in place that was made through the tensor's memory, where libtorch cannot see it.</summary>
    internal void BumpVersion()
    {
        NativeStatus.Check(NativeMethods.gn_tensor_bump_version(Handle));
        GC.KeepAlive(this);
    }

    /// <summary>How often the tensor was changed in place.</summary>
    internal long Version
    {
        get
        {
            long version;
            NativeStatus.Check(NativeMethods.gn_tensor_get_version(Handle, &version));
            GC.KeepAlive(this);
            return version;
        }
    }

    /// <summary>The data without its history; shares memory.</summary>
    public Tensor detach()
    {
        nint detached;
        NativeStatus.Check(NativeMethods.gn_tensor_detach(Handle, &detached));
        GC.KeepAlive(this);
        return new Tensor(detached);
    }

    /// <summary>The same, freed by the caller alone: neither by a scope nor by the garbage collector.</summary>
    internal Tensor DetachUnkept()
    {
        nint detached;
        NativeStatus.Check(NativeMethods.gn_tensor_detach(Handle, &detached));
        GC.KeepAlive(this);
        return new Tensor(detached, scope: null);
    }

    /// <summary>References to the tensor and to its memory, this one included.</summary>
    internal (long ToTensor, long ToMemory) References()
    {
        long toTensor;
        long toMemory;
        NativeStatus.Check(NativeMethods.gn_tensor_get_references(Handle, &toTensor, &toMemory));
        GC.KeepAlive(this);
        return (toTensor, toMemory);
    }

    /// <summary>Accumulates the gradient of this tensor into the leaves it came from; no scalar needs its gradient given.</summary>
    public void backward(Tensor? gradient = null, bool retain_graph = false)
    {
        torch.autograd.backward([this], gradient is null ? null : [gradient], retain_graph);
    }

    /// <summary>A second owner of the same tensor.</summary>
    public Tensor alias()
    {
        nint alias;
        NativeStatus.Check(NativeMethods.gn_tensor_alias(Handle, &alias));
        GC.KeepAlive(this);
        return new Tensor(alias);
    }

    /// <summary>The elements of a contiguous CPU tensor, without a copy; valid while the tensor lives.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not contiguous, not on the CPU, or of another type.</exception>
    public Span<T> data<T>()
        where T : unmanaged
    {
        var layout = Layout();
        var type = (ScalarType)layout.Type;
        if (type != ScalarTypes.Of<T>() || layout.DeviceType != (int)DeviceType.CPU || layout.IsContiguous == 0 || layout.Elements > int.MaxValue)
        {
            throw new InvalidOperationException(
                $"The elements of {this} were asked for as '{typeof(T).Name}', but that needs a contiguous CPU tensor of that type with less than 2^31 elements; use contiguous(), cpu(), to(type) or narrow() first.");
        }

        return new Span<T>(DataPointer(), (int)layout.Elements);
    }

    /// <summary>A copy of the elements in row-major order, from wherever and however the tensor lies.</summary>
    /// <exception cref="InvalidOperationException">The tensor is of another type, or too long for an array.</exception>
    public T[] to_array<T>()
        where T : unmanaged
    {
        using var scope = torch.NewDisposeScope();
        var elements = cpu().contiguous().data<T>().ToArray();
        GC.KeepAlive(this);
        return elements;
    }

    /// <summary>The bytes of a contiguous CPU tensor, without a copy; valid while the tensor lives.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not contiguous, not on the CPU, or above 2 GiB.</exception>
    public Span<byte> bytes
    {
        get
        {
            var layout = Layout();
            if (layout.DeviceType != (int)DeviceType.CPU || layout.IsContiguous == 0 || layout.Bytes > int.MaxValue)
            {
                throw new InvalidOperationException($"The bytes of {this} were asked for, but that needs a contiguous CPU tensor of at most 2 GiB.");
            }

            return new Span<byte>(DataPointer(), (int)layout.Bytes);
        }
    }

    /// <summary>Gives the tensor to the scope around its own.</summary>
    public Tensor MoveToOuterDisposeScope()
    {
        _scope?.MoveOut(this);
        return this;
    }

    /// <summary>Takes the tensor out of all scopes; the caller or the garbage collector frees it.</summary>
    public Tensor DetachFromDisposeScope()
    {
        if (_scope is { } scope)
        {
            scope.Remove(this);
            BecomeUnscoped();
        }

        return this;
    }

    /// <summary>Frees this reference to the native tensor; later use throws.</summary>
    public void Dispose()
    {
        if (_handle == 0)
        {
            return;
        }

        _scope?.Remove(this);
        _keeper?.Forget();
        FreeFromScope();
    }

    /// <summary>Type, shape and device: "float32[2, 3] on cpu".</summary>
    public override string ToString()
    {
        return IsInvalid ? "a disposed tensor" : $"{dtype.ToString().ToLowerInvariant()}[{string.Join(", ", shape)}] on {device}";
    }

    /// <summary>The elements in a printable form.</summary>
    public string str()
    {
        var text = Marshal.PtrToStringUTF8((nint)NativeMethods.gn_tensor_text(Handle))!;
        GC.KeepAlive(this);
        return text;
    }

    /// <summary>Whether the first elements of both lie in the same place.</summary>
    internal bool BeginsWith(Tensor other) => DataPointer() == other.DataPointer();

    /// <summary>The address of the first element.</summary>
    internal void* DataPointer()
    {
        void* data;
        NativeStatus.Check(NativeMethods.gn_tensor_get_data(Handle, &data));
        GC.KeepAlive(this);
        return data;
    }

    internal NativeLayout Layout()
    {
        NativeLayout layout;
        NativeStatus.Check(NativeMethods.gn_tensor_get_layout(Handle, &layout));
        GC.KeepAlive(this);
        return layout;
    }

    internal bool IsIn(DisposeScope scope)
    {
        return _scope == scope;
    }

    internal void EnterScope(DisposeScope scope, int index)
    {
        _scope = scope;
        ScopeIndex = index;
        if (_keeper is { } keeper)
        {
            keeper.Forget();
            _keeper = null;
        }
    }

    internal void BecomeUnscoped()
    {
        _scope = null;
        _keeper = new TensorKeeper(_handle);
    }

    internal void FreeFromScope()
    {
        var handle = _handle;
        _handle = 0;
        _scope = null;
        _keeper = null;
        _companions?.Dispose();
        _companions = null;
        if (handle != 0)
        {
            NativeMethods.gn_tensor_free(handle);
        }
    }

    private static int CheckedDim(int dim, int dims)
    {
        var index = dim < 0 ? dim + dims : dim;
        ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(dim));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, dims, nameof(dim));
        return index;
    }

    private static void ThrowDisposed()
    {
        throw new ObjectDisposedException(nameof(Tensor), "The tensor was disposed, or the dispose scope it was created in has ended; move it out of the scope to keep it.");
    }
}
