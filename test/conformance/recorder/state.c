/* What has changed after an operation: both caches, and every labelled session. */
#include "recorder.h"
#include <stdlib.h>
#include <string.h>

#if OPENSSL_VERSION_NUMBER >= 0x30300000L
#define SESSION_TIME(session) ((long)SSL_SESSION_get_time_ex(session))
#else
#define SESSION_TIME(session) SSL_SESSION_get_time(session)
#endif

/* Keeps `text` as what was shown, if it differs. Returns whether it does. */
static int is_news(char **shown, const struct text *text)
{
    if (*shown != NULL && strcmp(*shown, text->at) == 0) return 0;
    free(*shown);
    *shown = copy_of(text->at);
    return 1;
}

static void print_label(SSL_SESSION *session, void *arg)
{
    struct text *list = arg;
    text_separate(list);
    text_string(list, label_of(session));
}

static void print_counters(SSL_CTX *ctx, struct text *out)
{
    text_format(out, "[%ld,%ld,%ld,%ld,%ld,%ld,%ld,%ld,%ld,%ld,%ld]", SSL_CTX_sess_connect(ctx),
                SSL_CTX_sess_connect_good(ctx), SSL_CTX_sess_connect_renegotiate(ctx),
                SSL_CTX_sess_accept(ctx), SSL_CTX_sess_accept_good(ctx),
                SSL_CTX_sess_accept_renegotiate(ctx), SSL_CTX_sess_hits(ctx),
                SSL_CTX_sess_cb_hits(ctx), SSL_CTX_sess_misses(ctx), SSL_CTX_sess_timeouts(ctx),
                SSL_CTX_sess_cache_full(ctx));
}

static void print_context(const struct context *context, struct text *out)
{
    SSL_CTX *ctx = context->ctx;
    struct text order = { 0 };
    order_walk(ctx, print_label, &order);
    text_format(out, "{\"num\":%ld,\"mode\":%ld,\"size\":", SSL_CTX_sess_number(ctx),
                SSL_CTX_get_session_cache_mode(ctx));
    text_number(out, SSL_CTX_sess_get_cache_size(ctx));
    text_add(out, ",\"timeout\":");
    text_number(out, SSL_CTX_get_timeout(ctx));
    text_add(out, ",\"stats\":");
    print_counters(ctx, out);
    text_format(out, ",\"order\":[%s]}", order.at == NULL ? "" : order.at);
    text_free(&order);
}

/*
 * A client's session of TLS 1.3 has the hash of its ticket for an id: only the length is printed.
 */
static void print_id(const struct record *record, struct text *out)
{
    unsigned length;
    const unsigned char *id = SSL_SESSION_get_id(record->session, &length);
    int is_hidden = record->random_id || SSL_SESSION_has_ticket(record->session);
    if (is_hidden) text_format(out, "\"?%u\"", length);
    else text_hex(out, id, length);
}

static void print_session(const struct record *record, struct text *out)
{
    SSL_SESSION *session = record->session;
    unsigned context_length;
    const unsigned char *context = SSL_SESSION_get0_id_context(session, &context_length);
    text_add(out, "{\"id\":");
    print_id(record, out);
    text_format(out, ",\"ver\":%d,\"time\":", SSL_SESSION_get_protocol_version(session));
    text_number(out, SESSION_TIME(session));
    text_add(out, ",\"timeout\":");
    text_number(out, SSL_SESSION_get_timeout(session));
    text_add(out, ",\"sidctx\":");
    text_hex(out, context, context_length);
    text_format(out, ",\"res\":%d}", SSL_SESSION_is_resumable(session));
}

static void print_if_changed(struct record *record, struct text *out)
{
    struct text state = { 0 };
    if (record->label[0] == '\0' || is_client_copy(record)) return;
    /* A session that came and went within one operation is never shown. */
    if (record->session == NULL && record->shown == NULL) return;
    if (record->session == NULL) text_add(&state, "null");
    else print_session(record, &state);
    if (is_news(&record->shown, &state)) {
        text_separate(out);
        text_string(out, record->label);
        text_format(out, ":%s", state.at);
    }
    text_free(&state);
}

void print_changes(struct text *out)
{
    struct context *contexts[] = { &server, &client };
    struct text sessions = { 0 };
    for (int i = 0; i < 2; i++) {
        struct text state = { 0 };
        if (!contexts[i]->mentioned || contexts[i]->ctx == NULL) continue;
        print_context(contexts[i], &state);
        if (is_news(&contexts[i]->shown, &state)) {
            text_separate(out);
            text_format(out, "\"%s\":%s", contexts[i]->name, state.at);
        }
        text_free(&state);
    }
    for (struct record *record = records; record != NULL; record = record->next)
        print_if_changed(record, &sessions);
    if (sessions.length > 0) {
        text_separate(out);
        text_format(out, "\"sess\":{%s}", sessions.at);
    }
    text_free(&sessions);
}
