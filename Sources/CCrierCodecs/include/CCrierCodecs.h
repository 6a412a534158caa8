/* Checksums and compression as pure functions over bytes. CrierCodecs is their Swift face; no other includes this. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* CRC32C (Castagnoli, RFC 3720 appendix B.4) of `size` bytes, going on from `crc`; begin with 0. */
uint32_t crier_crc32c(uint32_t crc, const void *bytes, size_t size);
/* The same without the processor's instruction. */
uint32_t crier_crc32c_portable(uint32_t crc, const void *bytes, size_t size);
/* 1 when crier_crc32c uses the processor's instruction. */
int crier_crc32c_is_hardware(void);
/* CRC32C of A followed by B, from those of A and of B and the bytes of B. */
uint32_t crier_crc32c_combine(uint32_t crc_a, uint32_t crc_b, uint64_t size_b);

typedef enum {
    CRIER_CODEC_OK = 0,
    CRIER_CODEC_CORRUPT = 1,
    CRIER_CODEC_TOO_LARGE = 2,
    CRIER_CODEC_OUT_OF_MEMORY = 3,
} crier_codec_status;

/* A zstd compressor or decompressor: about 1 MiB that is used again from call to call. One caller at a time. */
typedef struct crier_zstd_compressor crier_zstd_compressor;
crier_zstd_compressor *crier_zstd_compressor_new(int level);
void crier_zstd_compressor_free(crier_zstd_compressor *compressor);
/* One frame that knows its uncompressed size. CRIER_CODEC_TOO_LARGE when it does not fit into `capacity`. */
crier_codec_status crier_zstd_compress(
    crier_zstd_compressor *compressor, const void *bytes, size_t size, void *out, size_t capacity, size_t *written);

typedef struct crier_zstd_decompressor crier_zstd_decompressor;
crier_zstd_decompressor *crier_zstd_decompressor_new(void);
void crier_zstd_decompressor_free(crier_zstd_decompressor *decompressor);
/* CRIER_CODEC_TOO_LARGE when there is more than `capacity`; nothing is ever written beyond it. */
crier_codec_status crier_zstd_decompress(
    crier_zstd_decompressor *decompressor, const void *bytes, size_t size, void *out, size_t capacity, size_t *written);

/* One gzip member (RFC 1952). `*out` is malloc'd and the caller's to free, also when it is empty; NULL unless OK. */
crier_codec_status crier_gzip(const void *bytes, size_t size, int level, uint8_t **out, size_t *written);
/* At most `limit` bytes come out, and no more memory than twice what came out is held. Trailing bytes are CORRUPT. */
crier_codec_status crier_gunzip(const void *bytes, size_t size, size_t limit, uint8_t **out, size_t *written);
