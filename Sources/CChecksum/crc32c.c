// CRC-32C: tables, the portable implementation, and the choice made when the program is loaded.
#include "CChecksum.h"
#include "crc32c_lanes.h"

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

// The Castagnoli polynomial 0x1EDC6F41, bits reversed. Source: RFC 3720, section 12.1.
#define CASTAGNOLI 0x82F63B78u

aero_crc_shift aero_crc_shift_long;
aero_crc_shift aero_crc_shift_short;

// slices[k][b]: the register after byte b followed by k zero bytes.
static uint32_t slices[8][256];

typedef uint32_t (*register_update)(uint32_t crc, const uint8_t *p, size_t n);

static uint32_t update_portable(uint32_t crc, const uint8_t *p, size_t n) {
    while (n >= 8) {
        // Bytes are combined by hand, so that the host's byte order does not matter.
        crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        crc = slices[7][crc & 0xFF] ^ slices[6][(crc >> 8) & 0xFF] ^
              slices[5][(crc >> 16) & 0xFF] ^ slices[4][crc >> 24] ^ slices[3][p[4]] ^
              slices[2][p[5]] ^ slices[1][p[6]] ^ slices[0][p[7]];
        p += 8;
        n -= 8;
    }
    while (n > 0) {
        crc = slices[0][(crc ^ *p) & 0xFF] ^ (crc >> 8);
        p += 1;
        n -= 1;
    }
    return crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

#define STEP64(crc, word) ((uint32_t)_mm_crc32_u64((crc), (word)))
#define STEP8(crc, byte) _mm_crc32_u8((crc), (byte))

__attribute__((target("sse4.2"))) static uint32_t update_sse42(
    uint32_t crc, const uint8_t *p, size_t n) {
    AERO_CRC_BODY(STEP64, STEP8)
    return crc;
}
#endif

#if defined(__aarch64__)
// Declared as builtins: arm_acle.h hides the intrinsics unless the whole file targets +crc.
#define STEP64(crc, word) __builtin_arm_crc32cd((crc), (word))
#define STEP8(crc, byte) __builtin_arm_crc32cb((crc), (byte))

__attribute__((target("crc"))) static uint32_t update_armv8(
    uint32_t crc, const uint8_t *p, size_t n) {
    AERO_CRC_BODY(STEP64, STEP8)
    return crc;
}
#endif

static register_update chosen = update_portable;
static aero_crc32c_engine chosen_engine = AERO_CRC32C_PORTABLE;

static void make_shift(aero_crc_shift *shift, size_t byte_count) {
    static const uint8_t zeros[AERO_LONG_LANE];
    uint32_t columns[32];
    for (int bit = 0; bit < 32; bit += 1) {
        columns[bit] = update_portable((uint32_t)1 << bit, zeros, byte_count);
    }
    for (int position = 0; position < 4; position += 1) {
        for (int byte = 0; byte < 256; byte += 1) {
            uint32_t sum = 0;
            for (int bit = 0; bit < 8; bit += 1) {
                if (byte >> bit & 1) sum ^= columns[8 * position + bit];
            }
            shift->table[position][byte] = sum;
        }
    }
}

// Runs before main and before any thread exists, so the tables and the choice need no guard later.
__attribute__((constructor)) static void choose(void) {
    for (uint32_t byte = 0; byte < 256; byte += 1) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit += 1) {
            crc = crc & 1 ? crc >> 1 ^ CASTAGNOLI : crc >> 1;
        }
        slices[0][byte] = crc;
    }
    for (int slice = 1; slice < 8; slice += 1) {
        for (int byte = 0; byte < 256; byte += 1) {
            uint32_t crc = slices[slice - 1][byte];
            slices[slice][byte] = slices[0][crc & 0xFF] ^ crc >> 8;
        }
    }
    make_shift(&aero_crc_shift_long, AERO_LONG_LANE);
    make_shift(&aero_crc_shift_short, AERO_SHORT_LANE);
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse4.2")) {
        chosen = update_sse42;
        chosen_engine = AERO_CRC32C_SSE42;
    }
#elif defined(__aarch64__) && defined(__linux__)
    if (getauxval(AT_HWCAP) & HWCAP_CRC32) {
        chosen = update_armv8;
        chosen_engine = AERO_CRC32C_ARMV8;
    }
#endif
}

uint32_t aero_crc32c(uint32_t crc, const void *bytes, size_t byte_count) {
    return ~chosen(~crc, bytes, byte_count);
}

uint32_t aero_crc32c_portable(uint32_t crc, const void *bytes, size_t byte_count) {
    return ~update_portable(~crc, bytes, byte_count);
}

aero_crc32c_engine aero_crc32c_chosen_engine(void) {
    return chosen_engine;
}
