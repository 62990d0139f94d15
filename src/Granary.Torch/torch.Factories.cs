using System.Runtime.InteropServices;
using Granary.Torch.Native;
using Granary.Torch.Operators;

namespace Granary.Torch;

public static unsafe partial class torch
{
    /// <summary>A tensor of zeros.</summary>
    public static Tensor zeros(long[] size, ScalarType type = ScalarType.Float32, Device? device = null, bool requires_grad = false) =>
        With(Aten.Zeros.Call(size, type, null as long?, device ?? _default), requires_grad);

    /// <summary>A tensor of zeros.</summary>
    public static Tensor zeros(params long[] size) => zeros(size, ScalarType.Float32);

    /// <summary>A tensor of ones.</summary>
    public static Tensor ones(long[] size, ScalarType type = ScalarType.Float32, Device? device = null, bool requires_grad = false) =>
        With(Aten.Ones.Call(size, type, null as long?, device ?? _default), requires_grad);

    /// <summary>A tensor of ones.</summary>
    public static Tensor ones(params long[] size) => ones(size, ScalarType.Float32);

    /// <summary>A tensor with memory of arbitrary content.</summary>
    public static Tensor empty(long[] size, ScalarType type = ScalarType.Float32, Device? device = null) =>
        Aten.Empty.Call(size, type, null as long?, device ?? _default);

    /// <summary>A tensor of one number.</summary>
    public static Tensor full(long[] size, double value, ScalarType type = ScalarType.Float32, Device? device = null) =>
        Aten.Full.Call(size, value, type, null as long?, device ?? _default);

    /// <summary>A tensor drawn evenly from [0, 1).</summary>
    public static Tensor rand(long[] size, ScalarType type = ScalarType.Float32, Generator? generator = null, bool requires_grad = false) =>
        With(Placed(Aten.Rand.Call(size, generator, type)), requires_grad);

    /// <summary>A tensor drawn evenly from [0, 1).</summary>
    public static Tensor rand(params long[] size) => rand(size, ScalarType.Float32);

    /// <summary>A tensor drawn from the standard normal distribution.</summary>
    public static Tensor randn(long[] size, ScalarType type = ScalarType.Float32, Generator? generator = null, bool requires_grad = false) =>
        With(Placed(Aten.Randn.Call(size, generator, type)), requires_grad);

    /// <summary>A tensor drawn from the standard normal distribution.</summary>
    public static Tensor randn(params long[] size) => randn(size, ScalarType.Float32);

    /// <summary>Integers drawn evenly from [low, high).</summary>
    public static Tensor randint(long low, long high, long[] size, ScalarType type = ScalarType.Int64, Generator? generator = null) =>
        Placed(Aten.Randint.Call(low, high, size, generator, type));

    /// <summary>The integers below n in random order.</summary>
    public static Tensor randperm(long n, Generator? generator = null) => Placed(Aten.Randperm.Call(n, generator, ScalarType.Int64));

    /// <summary>The integers below a bound.</summary>
    public static Tensor arange(long end, ScalarType type = ScalarType.Int64, Device? device = null) => arange(0, end, 1, type, device);

    /// <summary>The integers from start to before end in steps.</summary>
    public static Tensor arange(long start, long end, long step = 1, ScalarType type = ScalarType.Int64, Device? device = null) =>
        Aten.Arange.Call(start, end, step, type, null as long?, device ?? _default);

    /// <summary>Zeros in another tensor's shape and type.</summary>
    public static Tensor zeros_like(Tensor like) => Aten.ZerosLike.Call(like);

    /// <summary>Ones in another tensor's shape and type.</summary>
    public static Tensor ones_like(Tensor like) => Aten.OnesLike.Call(like);

    /// <summary>Memory of arbitrary content in another tensor's shape and type.</summary>
    public static Tensor empty_like(Tensor like) => Aten.EmptyLike.Call(like);

    /// <summary>The identity matrix.</summary>
    public static Tensor eye(long n, ScalarType type = ScalarType.Float32) => Aten.Eye.Call(n, type, null as long?, _default);

    /// <summary>A tensor of one element.</summary>
    public static Tensor tensor(double value, ScalarType type = ScalarType.Float32) => full([], value, type);

    /// <summary>A tensor with a copy of the elements, in one dim or in a shape.</summary>
    public static Tensor tensor<T>(ReadOnlySpan<T> values, long[]? shape = null, ScalarType? type = null, bool requires_grad = false)
        where T : unmanaged
    {
        var stored = ScalarTypes.Of<T>();
        var copy = empty(shape ?? [values.Length], stored, CPU);
        if (copy.numel() != values.Length)
        {
            throw new ArgumentException($"There are '{values.Length}' values for a tensor of {copy}; give one for each element.", nameof(values));
        }

        values.CopyTo(copy.data<T>());
        GC.KeepAlive(copy);
        if (_default is null && (type ?? stored) == stored)
        {
            return With(copy, requires_grad);
        }

        using (copy)
        {
            return With(copy.to(get_default_device(), type ?? stored), requires_grad);
        }
    }

    /// <summary>A tensor with a copy of the elements, in one dim or in a shape.</summary>
    public static Tensor tensor<T>(T[] values, long[]? shape = null, ScalarType? type = null, bool requires_grad = false)
        where T : unmanaged => tensor((ReadOnlySpan<T>)values, shape, type, requires_grad);

    /// <summary>A tensor over an array's own memory, which stays pinned until the last tensor over it is gone.</summary>
    public static Tensor from_array<T>(T[] array, params long[] shape)
        where T : unmanaged
    {
        var elements = shape.Aggregate(1L, (product, size) => checked(product * size));
        if (elements != array.Length)
        {
            throw new ArgumentException($"An array of '{array.Length}' elements cannot have the shape [{string.Join(", ", shape)}]; the product must be the length.", nameof(shape));
        }

        var type = ScalarTypes.Of<T>();
        var pin = GCHandle.Alloc(array, GCHandleType.Pinned);
        nint handle;
        fixed (long* sizes = shape)
        {
            // The native side frees the pin, whatever it returns.
            NativeStatus.Check(NativeMethods.gn_tensor_from_memory(
                (void*)pin.AddrOfPinnedObject(), sizes, shape.Length, (int)type, &ReleasePin, GCHandle.ToIntPtr(pin), &handle));
        }

        return new Tensor(handle);
    }

    /// <summary>Tensors joined along a dim.</summary>
    public static Tensor cat(Tensor[] tensors, long dim = 0) => Aten.Cat.Call(tensors, dim);

    /// <summary>Tensors joined along a further dim.</summary>
    public static Tensor stack(Tensor[] tensors, long dim = 0) => Aten.Stack.Call(tensors, dim);

    /// <summary>Elements of one tensor where the condition holds, else of the other.</summary>
    public static Tensor where(Tensor condition, Tensor self, Tensor other) => Aten.Where.Call(condition, self, other);

    /// <summary>The product of each element of one vector with each of another.</summary>
    public static Tensor outer(Tensor self, Tensor other) => Aten.Outer.Call(self, other);

    /// <summary>A sum of products by index letters: "bi,bj->bij".</summary>
    public static Tensor einsum(string equation, params Tensor[] operands) => Aten.Einsum.Call(equation, operands);

    // Random numbers are drawn in main memory, so that they are the same wherever they go.
    private static Tensor Placed(Tensor drawn)
    {
        if (_default is not { } device)
        {
            return drawn;
        }

        using (drawn)
        {
            return drawn.to(device);
        }
    }

    private static Tensor With(Tensor tensor, bool requiresGrad) => requiresGrad ? tensor.requires_grad_() : tensor;

    [UnmanagedCallersOnly]
    private static void ReleasePin(nint context)
    {
        GCHandle.FromIntPtr(context).Free();
    }
}
