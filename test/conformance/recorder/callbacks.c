/* Callbacks that write down what they see, and the operations that a script hooks to them. */
#include "recorder.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 64 };

static struct text top_level;
struct text *events = &top_level;
int in_hook;
int muted;

/* Sessions of the callbacks that are running, outermost first. */
static SSL_SESSION *subjects[MAX_DEPTH];
static int depth;

SSL_SESSION *subject(void)
{
    return depth > 0 ? subjects[depth - 1] : NULL;
}

static int is_due(const struct context *context, enum callback which)
{
    for (int i = 0; i < context->hook_count[which]; i++)
        if (context->hooks[which][i].times != 0) return 1;
    return 0;
}

static void run_hook(struct hook *hook, int is_first)
{
    struct text inner = { 0 }, result = { 0 }, *outer = events;
    if (hook->times > 0) hook->times--;
    events = &inner;
    in_hook++;
    run_line(hook->line, &result);
    in_hook--;
    events = outer;
    text_format(events, "%s{%s", is_first ? "" : ",", result.at);
    if (inner.length > 0) text_format(events, ",\"ev\":[%s]", inner.at);
    text_add(events, "}");
    text_free(&inner);
    text_free(&result);
}

/* Runs the hooks that are due, and notes it in the event. No hook runs inside a hook. */
static void run_hooks(struct context *context, enum callback which, SSL_SESSION *session)
{
    if (muted || in_hook || depth == MAX_DEPTH || !is_due(context, which)) return;
    int runs = 0;
    subjects[depth++] = session;
    text_add(events, ",\"in\":[");
    /* A hook may add hooks, which moves the list; those run too. */
    for (int i = 0; i < context->hook_count[which]; i++)
        if (context->hooks[which][i].times != 0) run_hook(&context->hooks[which][i], runs++ == 0);
    text_add(events, "]");
    depth--;
}

static void begin_session_event(const char *callback, const struct context *context,
                                SSL_SESSION *session)
{
    text_separate(events);
    text_format(events, "{\"cb\":\"%s\",\"ctx\":\"%s\",\"sess\":\"%s\"", callback, context->name,
                label_of(session));
    text_format(events, ",\"num\":%ld,\"res\":%d", SSL_CTX_sess_number(context->ctx),
                SSL_SESSION_is_resumable(session));
}

static int on_new(SSL *ssl, SSL_SESSION *session)
{
    struct context *context = context_of(SSL_get_SSL_CTX(ssl));
    struct record *record = record_of(session);
    int answer = context->new_answer;
    begin_session_event("new", context, session);
    run_hooks(context, CALLBACK_NEW, session);
    text_format(events, ",\"ret\":%d}", answer);
    if (answer != 0 && record != NULL) record->references++; /* the reference is the script's now */
    return answer;
}

/* The next id when the script queued none: a counter, then 0x5e to the end. */
static void next_id(struct context *context, unsigned char *id, unsigned length)
{
    unsigned n = ++context->ids_made;
    memset(id, 0x5e, length);
    for (int i = 0; i < 4; i++) id[i] = (unsigned char)(n >> (24 - 8 * i));
}

static int on_generate(SSL *ssl, unsigned char *id, unsigned *length)
{
    struct context *context = context_of(SSL_get_SSL_CTX(ssl));
    unsigned room = *length;
    int is_zero = 1, succeeds = 1;
    for (unsigned i = 0; i < room; i++) is_zero &= id[i] == 0;
    if (context->queue_start < context->queue_end) {
        const struct generated *next = &context->queue[context->queue_start++];
        memcpy(id, next->id, next->length < (int)room ? (size_t)next->length : room);
        *length = (unsigned)next->claimed;
        succeeds = !next->fails;
    } else {
        next_id(context, id, room);
    }
    text_separate(events);
    text_format(events, "{\"cb\":\"gen\",\"ctx\":\"%s\",\"len\":%u,\"zeroed\":%d,\"id\":",
                context->name, room, is_zero);
    text_hex(events, id, *length <= room ? *length : room);
    text_format(events, ",\"outlen\":%u", *length);
    run_hooks(context, CALLBACK_GENERATE, NULL);
    text_format(events, ",\"ret\":%d}", succeeds);
    return succeeds;
}

/*
 * Whether libssl holds this context's write lock right now. To set the id generator to what it is
 * takes that lock, and glibc refuses it to a thread that has it (EDEADLK).
 */
static int is_locked(const struct context *context)
{
    GEN_SESSION_CB generator = context->has_generator ? on_generate : NULL;
    return !SSL_CTX_set_generate_session_id(context->ctx, generator);
}

static void on_remove(SSL_CTX *ctx, SSL_SESSION *session)
{
    struct context *context = context_of(ctx);
    if (muted) return;
    begin_session_event("remove", context, session);
    text_format(events, ",\"locked\":%d", is_locked(context));
    run_hooks(context, CALLBACK_REMOVE, session);
    text_add(events, "}");
}

static SSL_SESSION *on_get(SSL *ssl, const unsigned char *id, int length, int *copy)
{
    struct context *context = context_of(SSL_get_SSL_CTX(ssl));
    int wanted_copy = 0;
    text_separate(events);
    text_format(events, "{\"cb\":\"get\",\"ctx\":\"%s\",\"id\":", context->name);
    text_hex(events, id, (size_t)length);
    text_format(events, ",\"num\":%ld", SSL_CTX_sess_number(context->ctx));
    run_hooks(context, CALLBACK_GET, NULL);
    struct record *record = external_find(id, length, &wanted_copy);
    if (record == NULL) {
        text_add(events, ",\"ret\":null}");
        return NULL;
    }
    if (wanted_copy == 0) SSL_SESSION_up_ref(record->session); /* the contract: bring a reference */
    if (wanted_copy >= 0) *copy = wanted_copy;
    text_format(events, ",\"ret\":\"%s\",\"copy\":%d}", label_of(record->session), *copy);
    return record->session;
}

/* Returns 1 if the callback is set afterwards; for the generator, whether that could be done. */
int set_callback(struct context *context, enum callback which, int on)
{
    switch (which) {
    case CALLBACK_NEW:
        SSL_CTX_sess_set_new_cb(context->ctx, on ? on_new : NULL);
        return SSL_CTX_sess_get_new_cb(context->ctx) != NULL;
    case CALLBACK_REMOVE:
        SSL_CTX_sess_set_remove_cb(context->ctx, on ? on_remove : NULL);
        return SSL_CTX_sess_get_remove_cb(context->ctx) != NULL;
    case CALLBACK_GET:
        SSL_CTX_sess_set_get_cb(context->ctx, on ? on_get : NULL);
        return SSL_CTX_sess_get_get_cb(context->ctx) != NULL;
    default:
        context->has_generator = on;
        return SSL_CTX_set_generate_session_id(context->ctx, on ? on_generate : NULL);
    }
}
