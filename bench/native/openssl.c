/*
 * What the benchmark asks of OpenSSL:
 * openssl <check|time|weigh|pauses> <size> <seconds> <all|unprefixed|basic>.
 * Prints one line of JSON with the names of ../workloads/. Times are nanoseconds per session.
 */

#include <malloc.h>
#include <math.h>
#include <unistd.h>

#include "cache.h"

/* How many calls lie between two looks at the clock. */
#define BATCH 64
#define ABOUT_SECONDS(seconds, count, start, now)                                                  \
    for (start = now = nanoseconds(), count = 0; now - start < (seconds)*1e9; now = nanoseconds())

/* A search through one chain of all sessions: filling takes the square of the size. */
#define MOST_PREFIXED 25000
#define STEPS 16384

static volatile unsigned sink;

static const char *separator = "{";

static void print(const char *name, double value)
{
    printf("%s\"%s\":%.9g", separator, name, value);
    separator = ",";
}

static double time_lookup(Cache *cache, double seconds, uint32_t base, int (*find)(Cache *, uint32_t))
{
    double start, now, count;
    uint32_t state = 0x5e55ca;
    unsigned found = 0;

    ABOUT_SECONDS(seconds, count, start, now) {
        for (int i = 0; i < BATCH; i++)
            found += find(cache, base + random_below(&state, cache->size));
        count += BATCH;
    }
    if (found != (base == 0 ? count : 0))
        fail("a wrong answer");
    sink += found;
    return (now - start) / count;
}

static double time_evict(Cache *cache, double seconds, int mixed)
{
    double start, now, count;
    uint32_t state = 0x5e55ca;
    int batch = mixed ? 4 : BATCH;

    ABOUT_SECONDS(seconds, count, start, now) {
        for (int i = 0; i < batch; i++)
            cache_add(cache, cache->next++, mixed ? SHORTEST + random_below(&state, SPREAD) : LONG);
        count += batch;
    }
    expect_number(cache, cache->size, "evicting");
    return (now - start) / count;
}

/* Four lookups to one add, by Zipf's law from the youngest on: ../data/random.js. */
static double time_mixed(Cache *cache, double seconds)
{
    static uint32_t ranks[STEPS];
    double start, now, count;
    uint32_t state = 0x5e55ca;
    uint32_t limit = cache->size / 2;
    unsigned found = 0;
    int step = 0;

    for (int i = 0; i < STEPS; i++)
        ranks[i] = (uint32_t)pow(limit + 1.0, random_below(&state, 1u << 30) / (double)(1u << 30)) - 1;
    ABOUT_SECONDS(seconds, count, start, now) {
        for (int i = 0; i < BATCH; i++) {
            if (++step % 5 == 0)
                cache_add(cache, cache->next++, LONG);
            else
                found += cache_has(cache, cache->next - 1 - ranks[step % STEPS]);
        }
        count += BATCH;
    }
    sink += found;
    return (now - start) / count;
}

static double time_remove(Cache *cache)
{
    uint32_t count = cache->size / 10;
    uint32_t first = cache->next - cache->size;
    double start = nanoseconds();

    for (uint64_t i = 0; i < count; i++)
        cache_remove(cache, first + (uint32_t)(i * 7919 % cache->size));
    return (nanoseconds() - start) / count;
}

static double time_flush(Cache *cache, long after, uint32_t leaving)
{
    long before = SSL_CTX_sess_number(cache->ctx);
    double start = nanoseconds();
    double end;

    SSL_CTX_flush_sessions(cache->ctx, (long)time(NULL) + after);
    end = nanoseconds();
    expect_number(cache, before - leaving, "flushing");
    return (end - start) / leaving;
}

static void time_unlike(uint32_t size, double seconds, int with_prefix)
{
    Cache cache = cache_new(size, 0);

    /* In order of expiry, or the list would be walked for each. */
    for (; cache.next < size; cache.next++)
        cache_add(&cache, cache.next, SHORTEST + (long)((uint64_t)cache.next * SPREAD / size));
    print("mixedTimeouts", time_evict(&cache, seconds, 1));
    cache_free(&cache);
    if (!with_prefix || size > MOST_PREFIXED)
        return;
    cache = cache_new(size, 1);
    cache_fill(&cache);
    print("prefix", time_lookup(&cache, seconds, 0, cache_has));
    cache_free(&cache);
}

static void time_leave(uint32_t size)
{
    Cache cache = cache_new(size, 0);
    uint32_t few = size / 10;

    /* Those that expire first are added first, for the same reason. */
    for (; cache.next < size; cache.next++)
        cache_add(&cache, cache.next, cache.next < few ? SHORT : LONG);
    print("flush", time_flush(&cache, SHORT + 10, few));
    print("expire", time_flush(&cache, LONG + 60, size - few));
    cache_free(&cache);
}

static void time_all(uint32_t size, double seconds, const char *scope)
{
    int basic = strcmp(scope, "basic") == 0;
    Cache cache = cache_new(size, 0);
    double start = nanoseconds();

    cache_fill(&cache);
    if (!basic)
        print("add", (nanoseconds() - start) / size);
    print("view", time_lookup(&cache, seconds, 0, cache_has));
    print("tested", time_lookup(&cache, seconds, 0, cache_resume));
    print("miss", time_lookup(&cache, seconds, ABSENT, cache_has));
    time_evict(&cache, seconds / 4, 0);
    print("evict", time_evict(&cache, seconds, 0));
    if (!basic) {
        print("mixed", time_mixed(&cache, seconds));
        print("remove", time_remove(&cache));
    }
    cache_free(&cache);
    if (basic)
        return;
    time_unlike(size, seconds, strcmp(scope, "all") == 0);
    time_leave(size);
}

static double resident(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file == NULL || fscanf(file, "%*s %ld", &pages) != 1)
        fail("/proc/self/statm");
    fclose(file);
    return (double)pages * sysconf(_SC_PAGESIZE);
}

static void weigh(uint32_t size)
{
    Cache cache = cache_new(size, 0);
    double resident_before = resident();
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;

    cache_fill(&cache);
    print("number", SSL_CTX_sess_number(cache.ctx));
    print("resident", resident() - resident_before);
    print("allocated", (double)(mallinfo2().uordblks + mallinfo2().hblkhd - before));
    cache_free(&cache);
}

/* The longest call in milliseconds. */
static double longest_add(Cache *cache, uint32_t count)
{
    double longest = 0;

    while (count-- > 0) {
        double start = nanoseconds();
        double took;

        cache_add(cache, cache->next++, LONG);
        took = nanoseconds() - start;
        longest = took > longest ? took : longest;
    }
    return longest / 1e6;
}

static void pauses(uint32_t size)
{
    Cache cache = cache_new(size, 0);

    print("fill", longest_add(&cache, size));
    print("evict", longest_add(&cache, size / 10));
    print("expireWhole", time_flush(&cache, LONG + 60, size) * size / 1e6);
    longest_add(&cache, size);
    print("clearWhole", time_flush(&cache, LONG + 60, size) * size / 1e6);
    cache_free(&cache);
}

int main(int argc, char **argv)
{
    uint32_t size;

    if (argc != 5)
        fail("expected <check|time|weigh|pauses> <size> <seconds> <all|unprefixed|basic>");
    size = (uint32_t)strtoul(argv[2], NULL, 10);
    if (strcmp(argv[1], "check") == 0) {
        check(size);
        printf("{\"version\":\"%s\"}\n", OpenSSL_version(OPENSSL_VERSION));
        return 0;
    }
    if (strcmp(argv[1], "time") == 0)
        time_all(size, strtod(argv[3], NULL), argv[4]);
    else if (strcmp(argv[1], "weigh") == 0)
        weigh(size);
    else if (strcmp(argv[1], "pauses") == 0)
        pauses(size);
    else
        fail(argv[1]);
    printf("}\n");
    return 0;
}
