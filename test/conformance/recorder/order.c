/*
 * The order of a cache. libssl keeps it in a list that no public function shows. A flush would, and
 * empties the cache: a process for each look. So this reads the list itself: at start it searches
 * the objects of a cache of three sessions for the pointers that must be in them.
 */
#include "recorder.h"
#include <malloc.h>
#include <stdlib.h>

static size_t tail_offset;        /* in SSL_CTX: the session that expires first */
static size_t previous_offset;    /* in SSL_SESSION: the one that expires after it */

static const void *pointer_at(const void *object, size_t offset)
{
    return *(const void *const *)((const char *)object + offset);
}

/* Where `object` holds `pointer`. The end of the process, unless that is in exactly one place. */
static size_t offset_of(void *object, const void *pointer)
{
    size_t size = malloc_usable_size(object), found = 0, places = 0;
    for (size_t offset = 0; offset + sizeof pointer <= size; offset += sizeof pointer)
        if (pointer_at(object, offset) == pointer) {
            found = offset;
            places++;
        }
    if (places == 1) return found;
    fprintf(stderr, "recorder: a list pointer of libssl is in %zu places of its object\n", places);
    exit(70);
}

void order_init(void)
{
    SSL_CTX *ctx = must_have(SSL_CTX_new(TLS_method()));
    SSL_SESSION *sessions[3];
    for (int i = 0; i < 3; i++) {
        unsigned char id = (unsigned char)i;
        sessions[i] = must_have(SSL_SESSION_new());
        SSL_SESSION_set1_id(sessions[i], &id, 1);
        SSL_SESSION_set_timeout(sessions[i], i + 1);
        SSL_CTX_add_session(ctx, sessions[i]);
    }
    tail_offset = offset_of(ctx, sessions[0]);
    previous_offset = offset_of(sessions[1], sessions[2]);
    for (int i = 0; i < 3; i++) SSL_SESSION_free(sessions[i]);
    SSL_CTX_free(ctx);
}

void order_walk(const SSL_CTX *ctx, void (*visit)(SSL_SESSION *session, void *arg), void *arg)
{
    const char *start = (const char *)ctx, *end = start + malloc_usable_size((void *)ctx);
    const char *at = pointer_at(ctx, tail_offset);
    /* The list ends with a pointer into the SSL_CTX itself; an empty one with NULL. */
    while (at != NULL && (at < start || at >= end)) {
        visit((SSL_SESSION *)at, arg);
        at = pointer_at(at, previous_offset);
    }
}
