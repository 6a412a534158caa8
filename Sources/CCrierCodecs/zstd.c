/* One chunk of a file, one zstd frame (RFC 8878). */
#include "CCrierCodecs.h"
#include <zstd.h>
#include <zstd_errors.h>

/* The opaque types are zstd's own, under names that keep zstd.h out of the module. */

static crier_codec_status status_of(size_t result) {
    switch (ZSTD_getErrorCode(result)) {
    case ZSTD_error_no_error: return CRIER_CODEC_OK;
    case ZSTD_error_dstSize_tooSmall: return CRIER_CODEC_TOO_LARGE;
    case ZSTD_error_memory_allocation: return CRIER_CODEC_OUT_OF_MEMORY;
    default: return CRIER_CODEC_CORRUPT;
    }
}

crier_zstd_compressor *crier_zstd_compressor_new(int level) {
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (context == NULL) return NULL;
    if (ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level))) {
        ZSTD_freeCCtx(context);
        return NULL;
    }
    return (crier_zstd_compressor *)context;
}

void crier_zstd_compressor_free(crier_zstd_compressor *compressor) { ZSTD_freeCCtx((ZSTD_CCtx *)compressor); }

crier_codec_status crier_zstd_compress(
    crier_zstd_compressor *compressor, const void *bytes, size_t size, void *out, size_t capacity, size_t *written) {
    size_t result = ZSTD_compress2((ZSTD_CCtx *)compressor, out, capacity, bytes, size);
    crier_codec_status status = status_of(result);
    *written = status == CRIER_CODEC_OK ? result : 0;
    return status;
}

crier_zstd_decompressor *crier_zstd_decompressor_new(void) { return (crier_zstd_decompressor *)ZSTD_createDCtx(); }

void crier_zstd_decompressor_free(crier_zstd_decompressor *decompressor) {
    ZSTD_freeDCtx((ZSTD_DCtx *)decompressor);
}

crier_codec_status crier_zstd_decompress(
    crier_zstd_decompressor *decompressor, const void *bytes, size_t size, void *out, size_t capacity,
    size_t *written) {
    size_t result = ZSTD_decompressDCtx((ZSTD_DCtx *)decompressor, out, capacity, bytes, size);
    crier_codec_status status = status_of(result);
    *written = status == CRIER_CODEC_OK ? result : 0;
    return status;
}
