// CRC-32C (Castagnoli): the checksum of record batches and of load stamps.
#ifndef AERO_CCHECKSUM_H
#define AERO_CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>

// Which implementation was chosen when the program was loaded.
typedef enum aero_crc32c_engine {
    AERO_CRC32C_PORTABLE = 0,
    AERO_CRC32C_SSE42 = 1,
    AERO_CRC32C_ARMV8 = 2,
} aero_crc32c_engine;

// CRC-32C of `byte_count` bytes, continuing from `crc`, the finished CRC of what came before
// (0 at the start). crc(a then b) == aero_crc32c(aero_crc32c(0, a), b).
// Any alignment; `bytes` may be NULL when `byte_count` is 0. Pure, thread-safe, never allocates.
uint32_t aero_crc32c(uint32_t crc, const void *bytes, size_t byte_count);

// The same by table look-up alone (slicing by 8), whatever the CPU has. The tests' reference.
uint32_t aero_crc32c_portable(uint32_t crc, const void *bytes, size_t byte_count);

// The implementation behind aero_crc32c on this machine.
aero_crc32c_engine aero_crc32c_chosen_engine(void);

#endif
