/*
 * CRC32C with the instruction of SSE 4.2 or ARMv8 where the processor has it, with tables elsewhere.
 *
 * The instruction takes three cycles and a new one can begin in each, so long input is checksummed as three lanes side
 * by side whose results are then combined: the method of Mark Adler's crc32c.c, here with its shifts as polynomial
 * multiplication.
 */
#include "CCrierCodecs.h"
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#define HARDWARE __attribute__((target("sse4.2")))
#define STEP8(crc, word) ((uint32_t)_mm_crc32_u64((crc), (word)))
#define STEP1(crc, byte) _mm_crc32_u8((crc), (byte))
#elif defined(__aarch64__) && defined(__linux__)
#include <arm_acle.h>
#include <sys/auxv.h>
#define HARDWARE __attribute__((target("+crc")))
#define STEP8(crc, word) __crc32cd((crc), (word))
#define STEP1(crc, byte) __crc32cb((crc), (byte))
#endif

/* The polynomial, bits reversed: the highest bit is the coefficient of x^0. */
#define POLYNOMIAL 0x82f63b78u

enum { LONG_LANE = 8192, SHORT_LANE = 256 };

/* Filled before main and only read afterwards. */
static uint32_t byte_table[8][256];
static uint32_t power_table[64]; /* x^(8 * 2^k) mod P: a shift by 2^k bytes */
static uint32_t long_shift[4][256], short_shift[4][256];
static int hardware;

/* a * b mod P. */
static uint32_t multiply(uint32_t a, uint32_t b) {
    uint32_t product = 0;
    for (uint32_t bit = 1u << 31; bit != 0; bit >>= 1) {
        if (a & bit) product ^= b;
        b = (b & 1) ? (b >> 1) ^ POLYNOMIAL : b >> 1;
    }
    return product;
}

/* x^(8 * size) mod P. */
static uint32_t shift_by(uint64_t size) {
    uint32_t power = 1u << 31;
    for (int k = 0; size != 0; size >>= 1, k++) {
        if (size & 1) power = multiply(power_table[k], power);
    }
    return power;
}

static void fill_shift(uint32_t table[4][256], size_t size) {
    uint32_t power = shift_by(size);
    for (uint32_t byte = 0; byte < 256; byte++) {
        for (int place = 0; place < 4; place++) table[place][byte] = multiply(power, byte << (8 * place));
    }
}

static inline uint32_t shift(uint32_t table[4][256], uint32_t crc) {
    return table[0][crc & 0xff] ^ table[1][(crc >> 8) & 0xff] ^ table[2][(crc >> 16) & 0xff] ^ table[3][crc >> 24];
}

__attribute__((constructor)) static void prepare(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = (crc & 1) ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
        byte_table[0][byte] = crc;
    }
    for (int k = 1; k < 8; k++) {
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t crc = byte_table[k - 1][byte];
            byte_table[k][byte] = (crc >> 8) ^ byte_table[0][crc & 0xff];
        }
    }
    power_table[0] = 1u << 23; /* x^8 */
    for (int k = 1; k < 64; k++) power_table[k] = multiply(power_table[k - 1], power_table[k - 1]);
    fill_shift(long_shift, LONG_LANE);
    fill_shift(short_shift, SHORT_LANE);
#if defined(__x86_64__)
    hardware = __builtin_cpu_supports("sse4.2");
#elif defined(HARDWARE)
    hardware = (getauxval(AT_HWCAP) & (1 << 7)) != 0; /* HWCAP_CRC32 */
#endif
}

static inline uint64_t load(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

uint32_t crier_crc32c_portable(uint32_t crc, const void *bytes, size_t size) {
    const uint8_t *next = bytes;
    crc = ~crc;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (; size >= 8; size -= 8, next += 8) {
        uint64_t word = load(next) ^ crc;
        crc = 0;
        for (int place = 0; place < 8; place++) crc ^= byte_table[7 - place][(word >> (8 * place)) & 0xff];
    }
#endif
    for (; size > 0; size--, next++) crc = (crc >> 8) ^ byte_table[0][(crc ^ *next) & 0xff];
    return ~crc;
}

#if defined(HARDWARE)
/* Three lanes of `lane` bytes each, as often as they fit. */
HARDWARE static inline uint32_t
lanes(uint32_t crc, const uint8_t **bytes, size_t *size, size_t lane, uint32_t table[4][256]) {
    const uint8_t *next = *bytes;
    size_t left = *size;
    for (; left >= 3 * lane; left -= 3 * lane, next += 3 * lane) {
        uint32_t second = 0, third = 0;
        for (size_t i = 0; i < lane; i += 8) {
            crc = STEP8(crc, load(next + i));
            second = STEP8(second, load(next + lane + i));
            third = STEP8(third, load(next + 2 * lane + i));
        }
        crc = shift(table, crc) ^ second;
        crc = shift(table, crc) ^ third;
    }
    *bytes = next;
    *size = left;
    return crc;
}

HARDWARE static uint32_t with_instruction(uint32_t crc, const uint8_t *next, size_t size) {
    crc = ~crc;
    crc = lanes(crc, &next, &size, LONG_LANE, long_shift);
    crc = lanes(crc, &next, &size, SHORT_LANE, short_shift);
    for (; size >= 8; size -= 8, next += 8) crc = STEP8(crc, load(next));
    for (; size > 0; size--, next++) crc = STEP1(crc, *next);
    return ~crc;
}
#endif

uint32_t crier_crc32c(uint32_t crc, const void *bytes, size_t size) {
#if defined(HARDWARE)
    if (hardware) return with_instruction(crc, bytes, size);
#endif
    return crier_crc32c_portable(crc, bytes, size);
}

int crier_crc32c_is_hardware(void) { return hardware; }

/* The bits that begin and end inverted cancel out: the checksum of A moves on by B's bytes and B's is added. */
uint32_t crier_crc32c_combine(uint32_t crc_a, uint32_t crc_b, uint64_t size_b) {
    return multiply(shift_by(size_b), crc_a) ^ crc_b;
}
