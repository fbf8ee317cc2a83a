/*
 * OpenSSL's session cache through its public functions. SSL_has_matching_session_id is the search
 * alone, under the lock of a handshake. cache_resume does what a handshake does with it, as
 * lookup_sess_in_cache and ssl_get_prev_session of libssl 3.0: a reference under the lock, the context
 * and the time compared, the reference given back.
 */

#include <openssl/crypto.h>
#include <openssl/lhash.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ids.h"

#define VERSION TLS1_2_VERSION
#define SHORT 60
#define LONG 36000
/* Lifetimes where they differ. */
#define SHORTEST 3600
#define SPREAD 7200

typedef struct {
    SSL_CTX *ctx;
    SSL *ssl;         /* asks: lookups are for its protocol version */
    SSL_SESSION *key; /* what the hash table is asked for when a session is wanted */
    CRYPTO_RWLOCK *lock; /* in place of that of the context, which is not public */
    uint32_t size;
    uint32_t next; /* the index of the next session to add */
    int prefixed;
} Cache;

static void fail(const char *what)
{
    fprintf(stderr, "OpenSSL: %s\n", what);
    exit(1);
}

static Cache cache_new(uint32_t size, int prefixed)
{
    Cache cache = { SSL_CTX_new(TLSv1_2_server_method()), NULL, SSL_SESSION_new(),
                    CRYPTO_THREAD_lock_new(), size, 0, prefixed };

    if (cache.ctx == NULL || cache.key == NULL || cache.lock == NULL)
        fail("no context");
    SSL_CTX_set_session_cache_mode(cache.ctx, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_AUTO_CLEAR);
    /* OpenSSL 3 holds one less than its size. */
    SSL_CTX_sess_set_cache_size(cache.ctx, (long)size + 1);
    cache.ssl = SSL_new(cache.ctx);
    SSL_SESSION_set_protocol_version(cache.key, VERSION);
    return cache;
}

static void cache_free(Cache *cache)
{
    CRYPTO_THREAD_lock_free(cache->lock);
    SSL_SESSION_free(cache->key);
    SSL_free(cache->ssl);
    SSL_CTX_free(cache->ctx);
}

/* The session id context of the server; of as many bytes as sesscache's in this benchmark. */
static const unsigned char context[SSL_MAX_SID_CTX_LENGTH] = "sesscache bench";

static SSL_SESSION *session_new(const unsigned char *id, long timeout)
{
    SSL_SESSION *session = SSL_SESSION_new();

    if (session == NULL)
        fail("no session");
    SSL_SESSION_set_protocol_version(session, VERSION);
    SSL_SESSION_set1_id(session, id, ID_BYTES);
    SSL_SESSION_set1_id_context(session, context, sizeof(context));
    SSL_SESSION_set_timeout(session, timeout);
    return session;
}

static void cache_add(Cache *cache, uint32_t index, long timeout)
{
    unsigned char id[ID_BYTES];
    SSL_SESSION *session;

    make_id(index, cache->prefixed, id);
    session = session_new(id, timeout);
    if (SSL_CTX_add_session(cache->ctx, session) != 1)
        fail("not added");
    SSL_SESSION_free(session); /* the cache has its own reference */
}

static int cache_has(Cache *cache, uint32_t index)
{
    unsigned char id[ID_BYTES];

    make_id(index, cache->prefixed, id);
    return SSL_has_matching_session_id(cache->ssl, id, ID_BYTES);
}

static SSL_SESSION *cache_find(Cache *cache, uint32_t index)
{
    unsigned char id[ID_BYTES];

    make_id(index, cache->prefixed, id);
    SSL_SESSION_set1_id(cache->key, id, ID_BYTES);
    return OPENSSL_LH_retrieve((OPENSSL_LHASH *)SSL_CTX_sessions(cache->ctx), cache->key);
}

/* Whether a handshake may resume the session of that index. */
static int cache_resume(Cache *cache, uint32_t index)
{
    unsigned char id[ID_BYTES];
    SSL_SESSION *session;
    const unsigned char *own;
    unsigned length;
    int may;

    make_id(index, cache->prefixed, id);
    SSL_SESSION_set1_id(cache->key, id, ID_BYTES);
    if (!CRYPTO_THREAD_read_lock(cache->lock))
        fail("no lock");
    session = OPENSSL_LH_retrieve((OPENSSL_LHASH *)SSL_CTX_sessions(cache->ctx), cache->key);
    if (session != NULL)
        SSL_SESSION_up_ref(session);
    CRYPTO_THREAD_unlock(cache->lock);
    if (session == NULL)
        return 0;
    own = SSL_SESSION_get0_id_context(session, &length);
    may = length == sizeof(context) && memcmp(own, context, length) == 0
          && SSL_SESSION_get_timeout(session) >= (long)time(NULL) - SSL_SESSION_get_time(session);
    SSL_SESSION_free(session);
    return may;
}

static void cache_remove(Cache *cache, uint32_t index)
{
    SSL_SESSION *session = cache_find(cache, index);

    if (session == NULL || SSL_CTX_remove_session(cache->ctx, session) != 1)
        fail("not removed");
}

/* Adds size sessions that all live equally long. */
static void cache_fill(Cache *cache)
{
    while (cache->next < cache->size)
        cache_add(cache, cache->next++, LONG);
}

static void expect_number(Cache *cache, long number, const char *when)
{
    if (SSL_CTX_sess_number(cache->ctx) != number) {
        fprintf(stderr, "%ld of %ld sessions\n", SSL_CTX_sess_number(cache->ctx), number);
        fail(when);
    }
}

/* The values are right, what is not there is not found, and what leaves is the oldest. */
static void check(uint32_t size)
{
    Cache cache = cache_new(size, 0);
    uint32_t i;

    cache_fill(&cache);
    expect_number(&cache, size, "filled");
    for (i = 0; i < size; i++) {
        unsigned char id[ID_BYTES];
        unsigned length;
        SSL_SESSION *session = cache_find(&cache, i);

        make_id(i, 0, id);
        if (session == NULL || !cache_has(&cache, i) || !cache_resume(&cache, i))
            fail("a session is missing");
        if (memcmp(SSL_SESSION_get_id(session, &length), id, ID_BYTES) != 0)
            fail("wrong session");
        if (cache_has(&cache, ABSENT + i) || cache_resume(&cache, ABSENT + i))
            fail("found what was never added");
    }
    for (i = 0; i < size / 2; i++)
        cache_add(&cache, cache.next++, LONG);
    expect_number(&cache, size, "evicting");
    for (i = 0; i < size + size / 2; i++)
        if (cache_has(&cache, i) != (i >= size / 2))
            fail("evicted others than the oldest");
    SSL_CTX_flush_sessions(cache.ctx, (long)time(NULL) + LONG - 10);
    expect_number(&cache, size, "before expiry");
    SSL_CTX_flush_sessions(cache.ctx, (long)time(NULL) + LONG + 10);
    expect_number(&cache, 0, "after expiry");
    cache_free(&cache);
}
