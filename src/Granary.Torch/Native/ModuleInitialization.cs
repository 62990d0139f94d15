using System.Runtime.CompilerServices;

// Buffers for native calls are written before they are read; zeroing them would cost more than the call.
[module: SkipLocalsInit]
