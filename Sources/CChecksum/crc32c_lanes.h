// Tables and the three-lane loop that both instruction sets share.
#ifndef AERO_CRC32C_LANES_H
#define AERO_CRC32C_LANES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// A CRC instruction has a latency of three cycles and a throughput of one per cycle, so three
// independent lanes keep it busy. A block is three lanes of one of these lengths: the long one
// amortises joining the lanes, the short one serves small batches. Both are multiples of 8.
enum { AERO_LONG_LANE = 1024, AERO_SHORT_LANE = 128 };

// Advances a CRC register over a fixed number of zero bytes: the register is linear over GF(2), so
// the effect of its four bytes can be looked up apart and added.
typedef struct aero_crc_shift {
    uint32_t table[4][256];
} aero_crc_shift;

extern aero_crc_shift aero_crc_shift_long;   // by AERO_LONG_LANE bytes
extern aero_crc_shift aero_crc_shift_short;  // by AERO_SHORT_LANE bytes

static inline uint32_t aero_crc_shifted(const aero_crc_shift *shift, uint32_t crc) {
    return shift->table[0][crc & 0xFF] ^ shift->table[1][(crc >> 8) & 0xFF] ^
           shift->table[2][(crc >> 16) & 0xFF] ^ shift->table[3][crc >> 24];
}

static inline uint64_t aero_load_u64(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

// Defines the body of a hardware CRC over `crc`, `p`, `n` (register form: already inverted).
// STEP64(crc, u64) and STEP8(crc, u8) are the instructions; both arguments as in the manuals.
#define AERO_CRC_THREE_LANES(STEP64, lane, shift)                        \
    while (n >= 3 * (size_t)(lane)) {                                    \
        uint32_t second = 0, third = 0;                                  \
        const uint8_t *end = p + (lane);                                 \
        do {                                                             \
            crc = STEP64(crc, aero_load_u64(p));                         \
            second = STEP64(second, aero_load_u64(p + (lane)));          \
            third = STEP64(third, aero_load_u64(p + 2 * (lane)));        \
            p += 8;                                                      \
        } while (p < end);                                               \
        crc = aero_crc_shifted(shift, crc) ^ second;                     \
        crc = aero_crc_shifted(shift, crc) ^ third;                      \
        p += 2 * (lane);                                                 \
        n -= 3 * (size_t)(lane);                                         \
    }

#define AERO_CRC_BODY(STEP64, STEP8)                                        \
    AERO_CRC_THREE_LANES(STEP64, AERO_LONG_LANE, &aero_crc_shift_long)      \
    AERO_CRC_THREE_LANES(STEP64, AERO_SHORT_LANE, &aero_crc_shift_short)    \
    while (n >= 8) {                                                        \
        crc = STEP64(crc, aero_load_u64(p));                                \
        p += 8;                                                             \
        n -= 8;                                                             \
    }                                                                       \
    while (n > 0) {                                                         \
        crc = STEP8(crc, *p);                                               \
        p += 1;                                                             \
        n -= 1;                                                             \
    }

#endif
