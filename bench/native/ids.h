/* The ids of ../data/ids.js, and the clock. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ID_BYTES 32
#define ABSENT 0x80000000u

static const char prefix[] = "www-18.example.o";

static void make_id(uint32_t index, int prefixed, unsigned char id[ID_BYTES])
{
    uint32_t words[8];
    uint32_t word = (index ^ (index >> 16)) * 0x85ebca6bu;

    word = (word ^ (word >> 13)) * 0xc2b2ae35u;
    word ^= word >> 16;
    words[4] = word;
    words[5] = word * 0x9e3779b1u;
    words[6] = (word * 0x27d4eb2fu) ^ 0x165667b1u;
    words[7] = word * 0x2c1b3c6du;
    if (prefixed) {
        memcpy(words, prefix, 16);
    } else {
        words[0] = (word * 0x297a2d39u) ^ 0x5bd1e995u;
        words[1] = word * 0x1b873593u;
        words[2] = (word * 0xcc9e2d51u) ^ 0x38495ab5u;
        words[3] = word * 0x7feb352du;
    }
    memcpy(id, words, ID_BYTES);
}

/* From 0 to below limit: the generator of ../data/random.js. */
static uint32_t random_below(uint32_t *state, uint32_t limit)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)*state * limit) >> 32);
}

static double nanoseconds(void)
{
    struct timespec now;

    /* See ../measure/clock.js. */
    clock_gettime(getenv("SESSCACHE_BENCH_PROCESSOR_TIME") ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC,
                  &now);
    return now.tv_sec * 1e9 + now.tv_nsec;
}
