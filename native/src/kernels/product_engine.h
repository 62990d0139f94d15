// The matrix product under every linear layer, after Goto and van de Geijn: the smaller operand is packed whole and shared
// by the threads; each takes strips of the other, packs a block of one that its second-level cache holds, and multiplies
// it with the shared one, part by part: a panel of the right stays in the first level while the left's stream past it.
//
// An element's sum is taken in registers over one block of k and then added to what lies in memory. The blocks depend
// on the depth alone, so the threads, the rows and the columns change no bit, and long sums lose less than one chain would.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include "parallel.h"
#include "product_cells.h"

namespace granary::kernels {

// Sizes in cells and rows, from measurement (see the benchmark): a right panel of one block in half of the first-level cache,
// a block of the left and a strip of the right in three quarters of the second level.
inline constexpr int64_t kMostBlockCells = kLanes == 16 ? 192 : 256;
inline constexpr int64_t kRowsInCache = kTileRows * 20;
inline constexpr int64_t kColumnsInCache = (kLanes == 16 ? 8 : 4) * kTileColumns;
inline constexpr int64_t kWideColumns = 8 * kTileColumns;
inline constexpr int64_t kStripsOfThread = 8;
inline constexpr int64_t kPanelsOfGroup = 8;  // packed by one task
inline constexpr int64_t kMostShared = kTileRows * kPanelsOfGroup * 21;  // rows or columns that are packed at once
inline constexpr int64_t kMostCells = 4096;

// [0, depth) in nearly equal blocks whose bounds are whole vectors of cells.
struct DepthBlocks
{
    int64_t depth;
    int64_t count;
    int64_t size;  // values of k, the last block's may be fewer

    DepthBlocks(int64_t depth, int64_t values_in_cell) : depth(depth)
    {
        count = std::max<int64_t>(1, divide_up(depth, kMostBlockCells * values_in_cell));
        size = std::max(kLanes * values_in_cell, round_up(divide_up(depth, count), kLanes * values_in_cell));
        count = std::max<int64_t>(1, divide_up(depth, size));
    }

    int64_t begin(int64_t block) const { return block * size; }
    int64_t length(int64_t block) const { return std::min(size, depth - block * size); }
};

// Memory for panels that the calling thread keeps from call to call, in huge pages where the system has them: a panel
// is a stream through many pages.
class PanelMemory
{
public:
    PanelMemory(int64_t shared_cells, int64_t cells_of_thread, int threads)
        : _shared(round_up(shared_cells, kPage)), _own(round_up(cells_of_thread, kPage))
    {
        const int64_t cells = round_up(_shared + _own * threads, kHugePage);
        if (cells > kept_cells) {
            kept_cells = 0;
            kept.reset(static_cast<float*>(std::aligned_alloc(kHugePage * 4, (size_t)(cells * 4))));
            if (!kept) {
                throw std::bad_alloc();
            }
            madvise(kept.get(), (size_t)(cells * 4), MADV_HUGEPAGE);  // a wish: it works without
            kept_cells = cells;
        }
        _base = kept.get();
    }

    float* shared() const { return _base; }
    float* of_thread(int slot) const { return _base + _shared + _own * slot; }

private:
    static constexpr int64_t kPage = 1024;
    static constexpr int64_t kHugePage = 512 * kPage;

    struct Free
    {
        void operator()(float* p) const { std::free(p); }
    };
    static inline thread_local std::unique_ptr<float, Free> kept;
    static inline thread_local int64_t kept_cells = 0;

    int64_t _shared;
    int64_t _own;
    float* _base = nullptr;
};

// Asks for a block of an operand, a few cache lines at a time, while the block before it is multiplied.
class Fetch
{
public:
    Fetch(const Factor& factor, int64_t from, int64_t count, int64_t k, int64_t depth)
    {
        const int64_t bytes = factor.is_bfloat16 ? 2 : 4;
        const auto [first, rows, across, width] = factor.is_along ? Area{from, count, k, depth} : Area{k, depth, from, count};
        _row = static_cast<const char*>(factor.data) + (first * factor.stride + across) * bytes;
        _stride = factor.stride * bytes;
        _bytes = width * bytes;
        _rows = rows;
    }

    int64_t lines() const { return _rows * divide_up(_bytes, 64); }

    GN_INLINE void ask(int64_t lines)
    {
        for (; lines > 0 && _rows > 0; --lines) {
            __builtin_prefetch(_row + _at, 0, 2);
            _at += 64;
            if (_at >= _bytes) {
                _at = 0;
                _row += _stride;
                --_rows;
            }
        }
    }

private:
    struct Area
    {
        int64_t first, rows, across, width;
    };

    const char* _row;
    int64_t _stride;
    int64_t _bytes;
    int64_t _rows;
    int64_t _at = 0;
};

// What becomes of a tile's sums: they are added to what is there, or to the bias.
struct Tile
{
    float* c;
    int64_t ldc;
    int columns;
    bool adds;
    const float* bias;  // null where the tile adds
};

template <int kRows>
GN_INLINE void finish(const Floats (&sum)[kRows][kTileVectors], const Tile& t)
{
    if (t.adds) {
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
            for (int v = 0; v < kTileVectors; ++v) {
                float* to = t.c + r * t.ldc + v * kLanes;
                store(to, load(to) + sum[r][v]);
            }
        }
        return;
    }
    Floats bias[kTileVectors] = {};
    if (t.bias != nullptr) {
#pragma GCC unroll 2
        for (int v = 0; v < kTileVectors; ++v) {
            bias[v] = load(t.bias + v * kLanes);
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
        for (int v = 0; v < kTileVectors; ++v) {
            store(t.c + r * t.ldc + v * kLanes, sum[r][v] + bias[v]);
        }
    }
}

// The tile of a whole width.
template <typename Format, int kRows>
__attribute__((noinline)) void multiply_tile(const float* left, const float* right, int64_t cells, const Tile tile)
{
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
        __builtin_prefetch(tile.c + r * tile.ldc, 1, 3);
        __builtin_prefetch(tile.c + r * tile.ldc + kTileColumns - 1, 1, 3);
    }
    Floats sum[kRows][kTileVectors] = {};
    Format::template multiply<kRows>(left, right, cells, sum);
    finish<kRows>(sum, tile);
}

// A narrower one by way of a whole one beside it.
template <typename Format, int kRows>
__attribute__((noinline)) void multiply_narrow_tile(const float* left, const float* right, int64_t cells, const Tile tile)
{
    alignas(64) float whole[kRows * kTileColumns] = {};
    multiply_tile<Format, kRows>(left, right, cells, Tile{whole, kTileColumns, kTileColumns, false, nullptr});
    for (int r = 0; r < kRows; ++r) {
        for (int column = 0; column < tile.columns; ++column) {
            float& to = tile.c[r * tile.ldc + column];
            const float start = tile.adds ? to : tile.bias != nullptr ? tile.bias[column] : 0.0f;
            to = start + whole[r * kTileColumns + column];
        }
    }
}

// The tile of so many rows, at most kTileRows.
template <typename Format, int kRows = kTileRows>
GN_INLINE void multiply_rows(int rows, const float* left, const float* right, int64_t cells, const Tile& tile)
{
    if (kRows == 1 || rows == kRows) {
        (tile.columns == kTileColumns ? multiply_tile<Format, kRows> : multiply_narrow_tile<Format, kRows>)(left, right, cells, tile);
    } else if constexpr (kRows > 1) {
        multiply_rows<Format, kRows - 1>(rows, left, right, cells, tile);
    }
}

// One of the two operands: its rows or columns, and how many of them a panel has.
struct Operand
{
    const Factor& factor;
    int64_t extent;
    int64_t tile;
    bool is_left;
};

template <typename Format>
class ProductRun
{
public:
    explicit ProductRun(const Product& product)
        : _p(product), _blocks(product.depth, Format::kValues), _shared(operand(product.rows <= product.columns)),
          _own(operand(product.rows > product.columns)), _part(part_of(_shared.extent)), _panels(divide_up(_part, _shared.tile)),
          _strip(strip_of(_own, thread_count(product.threads, _own.extent))), _strips(divide_up(_own.extent, _strip)),
          _cells_of_block(_blocks.size / Format::kValues), _blocks_at_once(std::clamp<int64_t>(kMostCells / _cells_of_block, 1, _blocks.count)),
          _groups(divide_up(_panels, kPanelsOfGroup)), _threads(thread_count(product.threads, std::max(_strips, _groups))),
          _memory(_blocks_at_once * _panels * _shared.tile * _cells_of_block, _strip * _cells_of_block, _threads)
    {
    }

    void run()
    {
        if (_threads == 1) {
            run_thread(0);
            return;
        }
#pragma omp parallel num_threads(_threads)
        run_thread(omp_get_thread_num());
    }

private:
    // Rows or columns [from, from + count).
    struct Range
    {
        int64_t from, count;
    };

    Operand operand(bool is_left) const
    {
        return is_left ? Operand{_p.left, _p.rows, kTileRows, true} : Operand{_p.right, _p.columns, kTileColumns, false};
    }

    // What is packed at once of the shared operand: equal parts of it.
    int64_t part_of(int64_t extent) const
    {
        return std::min(extent, round_up(divide_up(extent, divide_up(extent, kMostShared)), _shared.tile));
    }

    // The width of strips near the preferred one of which each thread gets equally many. With many of them the last ones
    // are too small a part of the whole to wait for.
    int64_t strip_of(const Operand& own, int64_t threads) const
    {
        const int64_t preferred = own.is_left ? kRowsInCache : _blocks.count == 1 ? kWideColumns : kColumnsInCache;
        const int64_t strips = divide_up(own.extent, preferred);
        if (strips >= kStripsOfThread * threads) {
            return preferred;
        }
        const int64_t even = std::min(round_up(strips, threads), divide_up(own.extent, own.tile));
        return round_up(divide_up(own.extent, even), own.tile);
    }

    void run_thread(int slot)
    {
        for (int64_t from = 0; from < _shared.extent; from += _part) {
            const Range part{from, std::min(_part, _shared.extent - from)};
            for (int64_t first = 0; first < _blocks.count; first += _blocks_at_once) {
                const int64_t blocks = std::min(_blocks_at_once, _blocks.count - first);
#pragma omp for schedule(static)
                for (int64_t task = 0; task < _groups * blocks; ++task) {
                    pack_group(part, task % _groups * kPanelsOfGroup * _shared.tile, first, task / _groups);
                }
#pragma omp for schedule(dynamic, 1)
                for (int64_t strip = 0; strip < _strips; ++strip) {
                    multiply_strip(part, first, blocks, strip, _memory.of_thread(slot));
                }
            }
        }
    }

    float* panel_of(int64_t block, int64_t panel) const
    {
        return _memory.shared() + (block * _panels + panel) * _shared.tile * _cells_of_block;
    }

    void pack(const Operand& operand, Range range, int64_t block, float* to) const
    {
        const int64_t k = _blocks.begin(block), depth = _blocks.length(block);
        const auto pack = operand.is_left ? Format::pack_left : Format::pack_right;
        pack(operand.factor, range.from, range.count, k, depth, to, operand.tile * _cells_of_block);
    }

    void pack_group(Range part, int64_t from, int64_t first, int64_t block) const
    {
        const int64_t count = std::min(kPanelsOfGroup * _shared.tile, part.count - from);
        if (count > 0) {
            pack(_shared, {part.from + from, count}, first + block, panel_of(block, from / _shared.tile));
        }
    }

    Range range_of(int64_t strip) const
    {
        const int64_t from = std::min(strip * _strip, _own.extent);
        return {from, std::min(_strip, _own.extent - from)};
    }

    void multiply_strip(Range part, int64_t first, int64_t blocks, int64_t strip, float* packed) const
    {
        const Range own = range_of(strip);
        const int64_t in_cache = _own.is_left ? kColumnsInCache : kRowsInCache;
        const int64_t tiles = divide_up(part.count, _shared.tile) * divide_up(own.count, _own.tile);
        for (int64_t block = 0; block < blocks; ++block) {
            pack(_own, own, first + block, packed);
            Fetch fetch = next_of(first, blocks, strip, block);
            const int64_t lines = divide_up(fetch.lines(), tiles);
            for (int64_t from = 0; from < part.count; from += in_cache) {
                const Range some{part.from + from, std::min(in_cache, part.count - from)};
                const float* shared = panel_of(block, from / _shared.tile);
                if (_own.is_left) {
                    multiply(own, packed, some, shared, first + block, fetch, lines);
                } else {
                    multiply(some, shared, own, packed, first + block, fetch, lines);
                }
            }
        }
    }

    void multiply(Range rows, const float* left, Range columns, const float* right, int64_t block, Fetch& fetch, int64_t lines) const
    {
        const int64_t cells = divide_up(_blocks.length(block), Format::kValues);
        const bool adds = _p.adds || block > 0;
        const float* bias = block == 0 ? _p.bias : nullptr;
        const auto multiply_at = [&](int64_t r, int64_t c) {
            fetch.ask(lines);
            const Tile tile{_p.c + (rows.from + r) * _p.ldc + columns.from + c, _p.ldc, (int)std::min<int64_t>(kTileColumns, columns.count - c),
                            adds, bias != nullptr ? bias + columns.from + c : nullptr};
            multiply_rows<Format>((int)std::min<int64_t>(kTileRows, rows.count - r), left + r * _cells_of_block, right + c * _cells_of_block,
                                  cells, tile);
        };
        if (_blocks.count == 1) {
            // The result is touched once and may be far away: along its rows.
            for (int64_t r = 0; r < rows.count; r += kTileRows) {
                for (int64_t c = 0; c < columns.count; c += kTileColumns) {
                    multiply_at(r, c);
                }
            }
            return;
        }
        for (int64_t c = 0; c < columns.count; c += kTileColumns) {
            for (int64_t r = 0; r < rows.count; r += kTileRows) {
                multiply_at(r, c);
            }
        }
    }

    // The block that this thread packs next, if the threads go on at the same pace.
    Fetch next_of(int64_t first, int64_t blocks, int64_t strip, int64_t block) const
    {
        const bool is_last = block + 1 == blocks;
        const Range next = range_of(is_last ? strip + _threads : strip);
        const int64_t at = is_last ? first : first + block + 1;
        return Fetch(_own.factor, next.from, next.count, _blocks.begin(at), _blocks.length(at));
    }

    const Product& _p;
    DepthBlocks _blocks;
    Operand _shared;  // the smaller one
    Operand _own;
    int64_t _part;  // rows or columns of the shared one that are packed at once
    int64_t _panels;
    int64_t _strip;  // rows or columns of one
    int64_t _strips;
    int64_t _cells_of_block;
    int64_t _blocks_at_once;
    int64_t _groups;
    int _threads;
    PanelMemory _memory;
};

}  // namespace granary::kernels
