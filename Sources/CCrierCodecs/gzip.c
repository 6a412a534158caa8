/* One gRPC message, one gzip member (RFC 1952). */
#include "CCrierCodecs.h"
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

/* zlib's manual: 15 is the largest window, 16 more asks for the gzip wrapper. */
enum { GZIP_WINDOW = 15 + 16, DEFAULT_MEMORY = 8 };

crier_codec_status crier_gzip(const void *bytes, size_t size, int level, uint8_t **out, size_t *written) {
    *out = NULL;
    *written = 0;
    if (size > UINT_MAX / 2) return CRIER_CODEC_TOO_LARGE;
    z_stream stream = {0};
    if (deflateInit2(&stream, level, Z_DEFLATED, GZIP_WINDOW, DEFAULT_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
        return CRIER_CODEC_OUT_OF_MEMORY;
    }
    size_t capacity = deflateBound(&stream, size);
    uint8_t *target = malloc(capacity);
    if (target == NULL) {
        deflateEnd(&stream);
        return CRIER_CODEC_OUT_OF_MEMORY;
    }
    stream.next_in = (Bytef *)bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = target;
    stream.avail_out = (uInt)capacity;
    int result = deflate(&stream, Z_FINISH);
    *written = stream.total_out;
    deflateEnd(&stream);
    if (result != Z_STREAM_END) {
        free(target);
        *written = 0;
        return CRIER_CODEC_CORRUPT;
    }
    *out = target;
    return CRIER_CODEC_OK;
}

/* Inflates into memory that doubles up to the limit and one byte more, which tells "full" from "too large". */
static crier_codec_status inflate_all(z_stream *stream, size_t limit, uint8_t **target) {
    size_t capacity = 0;
    for (;;) {
        size_t larger = capacity == 0 ? 4096 : capacity * 2;
        if (larger > limit + 1) larger = limit + 1;
        uint8_t *moved = realloc(*target, larger);
        if (moved == NULL) return CRIER_CODEC_OUT_OF_MEMORY;
        *target = moved;
        stream->next_out = moved + capacity;
        stream->avail_out = (uInt)(larger - capacity);
        capacity = larger;
        int result = inflate(stream, Z_NO_FLUSH);
        if (stream->total_out > limit) return CRIER_CODEC_TOO_LARGE;
        if (result == Z_STREAM_END) return stream->avail_in == 0 ? CRIER_CODEC_OK : CRIER_CODEC_CORRUPT;
        if (result == Z_MEM_ERROR) return CRIER_CODEC_OUT_OF_MEMORY;
        /* With room left and no end reached the input was cut off. */
        if (result != Z_OK || stream->avail_out > 0) return CRIER_CODEC_CORRUPT;
    }
}

crier_codec_status crier_gunzip(const void *bytes, size_t size, size_t limit, uint8_t **out, size_t *written) {
    *out = NULL;
    *written = 0;
    if (size > UINT_MAX || limit > UINT_MAX / 2) return CRIER_CODEC_TOO_LARGE;
    z_stream stream = {0};
    stream.next_in = (Bytef *)bytes;
    stream.avail_in = (uInt)size;
    if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK) return CRIER_CODEC_OUT_OF_MEMORY;
    uint8_t *target = NULL;
    crier_codec_status status = inflate_all(&stream, limit, &target);
    size_t total = stream.total_out;
    inflateEnd(&stream);
    if (status != CRIER_CODEC_OK) {
        free(target);
        return status;
    }
    *out = target;
    *written = total;
    return CRIER_CODEC_OK;
}
