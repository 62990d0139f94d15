// The matrix product under every linear layer, after Goto and van de Geijn: the left operand is packed whole and shared by
// the threads; each takes a strip of the right's columns, packs a block of it that its second-level cache holds, and
// multiplies panel by panel: a panel of the right stays in the first level while the left's stream past it.
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
inline constexpr int64_t kStripColumns = (kLanes == 16 ? 8 : 4) * kTileColumns;
inline constexpr int64_t kWideStripColumns = 8 * kTileColumns;
inline constexpr int64_t kStripsOfThread = 8;
inline constexpr int64_t kGroupRows = kTileRows * 8;  // rows of the left that are packed by one task
inline constexpr int64_t kMostRows = kGroupRows * 21;  // packed at once
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

// Asks for a block of the right, a few cache lines at a time, while the block before it is multiplied.
class Fetch
{
public:
    Fetch(const Factor& right, int64_t column, int64_t columns, int64_t k, int64_t depth)
    {
        const int64_t bytes = right.is_bfloat16 ? 2 : 4;
        const auto [first, rows, across, width] = right.is_along ? Area{column, columns, k, depth} : Area{k, depth, column, columns};
        _row = static_cast<const char*>(right.data) + (first * right.stride + across) * bytes;
        _stride = right.stride * bytes;
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

template <typename Format>
class ProductRun
{
public:
    explicit ProductRun(const Product& product)
        : _p(product), _blocks(product.depth, Format::kValues), _panels(divide_up(std::min(product.rows, kMostRows), kTileRows)),
          _strip(strip_of(product.columns, _blocks.count == 1 ? kWideStripColumns : kStripColumns, thread_count(product.threads, product.columns))),
          _strips(divide_up(product.columns, _strip)), _cells_of_block(_blocks.size / Format::kValues),
          _blocks_at_once(std::clamp<int64_t>(kMostCells / _cells_of_block, 1, _blocks.count)),
          _groups(divide_up(std::min(product.rows, kMostRows), kGroupRows)),
          _threads(thread_count(product.threads, std::max(_strips, _groups))),
          _memory(_blocks_at_once * _panels * kTileRows * _cells_of_block, _strip * _cells_of_block, _threads)
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
    // The width of strips near the preferred one of which each thread gets equally many. With many of them the last ones
    // are too small a part of the whole to wait for.
    static int64_t strip_of(int64_t columns, int64_t preferred, int64_t threads)
    {
        const int64_t strips = divide_up(columns, preferred);
        if (strips >= kStripsOfThread * threads) {
            return preferred;
        }
        const int64_t even = std::min(round_up(strips, threads), divide_up(columns, kTileColumns));
        return round_up(divide_up(columns, even), kTileColumns);
    }

    void run_thread(int slot)
    {
        for (int64_t row = 0; row < _p.rows; row += kMostRows) {
            const int64_t rows = std::min(kMostRows, _p.rows - row);
            for (int64_t first = 0; first < _blocks.count; first += _blocks_at_once) {
                const int64_t blocks = std::min(_blocks_at_once, _blocks.count - first);
                const int64_t groups = divide_up(rows, kGroupRows);
#pragma omp for schedule(static)
                for (int64_t task = 0; task < groups * blocks; ++task) {
                    pack_group(row, rows, task % groups * kGroupRows, first, task / groups);
                }
#pragma omp for schedule(dynamic, 1)
                for (int64_t strip = 0; strip < _strips; ++strip) {
                    multiply_strip(row, rows, first, blocks, strip, _memory.of_thread(slot));
                }
            }
        }
    }

    float* panel_of(int64_t block, int64_t panel) const
    {
        return _memory.shared() + (block * _panels + panel) * kTileRows * _cells_of_block;
    }

    void pack_group(int64_t row, int64_t rows, int64_t from, int64_t first, int64_t block) const
    {
        const int64_t count = std::min(kGroupRows, rows - from);
        const int64_t k = _blocks.begin(first + block), depth = _blocks.length(first + block);
        Format::pack_left(_p.left, row + from, count, k, depth, panel_of(block, from / kTileRows), kTileRows * _cells_of_block);
    }

    void multiply_strip(int64_t row, int64_t rows, int64_t first, int64_t blocks, int64_t strip, float* packed) const
    {
        const int64_t column = strip * _strip, columns = std::min(_strip, _p.columns - column);
        for (int64_t block = 0; block < blocks; ++block) {
            const int64_t k = _blocks.begin(first + block), depth = _blocks.length(first + block);
            Format::pack_right(_p.right, column, columns, k, depth, packed, kTileColumns * _cells_of_block);
            Fetch fetch = next_of(first, blocks, strip, block);
            const int64_t tiles = divide_up(rows, kTileRows) * divide_up(columns, kTileColumns);
            const int64_t lines = divide_up(fetch.lines(), tiles);
            const auto multiply = [&](int64_t r, int64_t c) {
                fetch.ask(lines);
                const bool is_first = first + block == 0;
                const Tile tile{_p.c + (row + r) * _p.ldc + column + c, _p.ldc, (int)std::min<int64_t>(kTileColumns, columns - c),
                                _p.adds || !is_first, is_first && _p.bias != nullptr ? _p.bias + column + c : nullptr};
                multiply_rows<Format>((int)std::min<int64_t>(kTileRows, rows - r), panel_of(block, r / kTileRows),
                                      packed + c * _cells_of_block, divide_up(depth, Format::kValues), tile);
            };
            if (_blocks.count == 1) {
                // The result is touched once and may be far away: along its rows.
                for (int64_t r = 0; r < rows; r += kTileRows) {
                    for (int64_t c = 0; c < columns; c += kTileColumns) {
                        multiply(r, c);
                    }
                }
                continue;
            }
            for (int64_t from = 0; from < rows; from += kRowsInCache) {
                const int64_t until = std::min(rows, from + kRowsInCache);
                for (int64_t c = 0; c < columns; c += kTileColumns) {
                    for (int64_t r = from; r < until; r += kTileRows) {
                        multiply(r, c);
                    }
                }
            }
        }
    }

    // The block that this thread packs next, if the threads go on at the same pace.
    Fetch next_of(int64_t first, int64_t blocks, int64_t strip, int64_t block) const
    {
        const bool is_last = block + 1 == blocks;
        const int64_t next = is_last ? strip + _threads : strip;
        const int64_t at = is_last ? first : first + block + 1;
        const int64_t column = std::min(next, _strips) * _strip;
        return Fetch(_p.right, column, std::clamp<int64_t>(_p.columns - column, 0, _strip), _blocks.begin(at), _blocks.length(at));
    }

    const Product& _p;
    DepthBlocks _blocks;
    int64_t _panels;
    int64_t _strip;  // columns of one
    int64_t _strips;
    int64_t _cells_of_block;
    int64_t _blocks_at_once;
    int64_t _groups;
    int _threads;
    PanelMemory _memory;
};

}  // namespace granary::kernels
