/*
 * The operations of scripts, and how their words are read: as by strtol and sscanf, so that one
 * which makes no sense still has one meaning. What libssl leaves undefined is refused with a word.
 */
#include "recorder.h"
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>

#if OPENSSL_VERSION_NUMBER >= 0x30400000L
#define FLUSH(ctx, time) SSL_CTX_flush_sessions_ex(ctx, time)
#define SET_TIME(session, time) ((long)SSL_SESSION_set_time_ex(session, time))
#elif OPENSSL_VERSION_NUMBER >= 0x30300000L
#define FLUSH(ctx, time) SSL_CTX_flush_sessions(ctx, time)
#define SET_TIME(session, time) ((long)SSL_SESSION_set_time_ex(session, time))
#else
#define FLUSH(ctx, time) SSL_CTX_flush_sessions(ctx, time)
#define SET_TIME(session, time) SSL_SESSION_set_time(session, time)
#endif

/* ---- Words ---- */

struct words {
    const char *at[MAX_WORDS + 2];    /* those that are not there are empty */
    int count;
    const char *inner;                /* what follows the ` : ` of `on` */
};

/* `key=value`, or NULL. */
static const char *option(const struct words *words, const char *key)
{
    size_t length = strlen(key);
    for (int i = 0; i < words->count; i++)
        if (strncmp(words->at[i], key, length) == 0 && words->at[i][length] == '=')
            return words->at[i] + length + 1;
    return NULL;
}

static long number(const char *word)
{
    return strtol(word, NULL, 0);
}

static long number_option(const struct words *words, const char *key, long otherwise)
{
    const char *value = option(words, key);
    return value == NULL ? otherwise : number(value);
}

/* Reads at most `room` bytes; `-` is none. */
static int bytes(const char *hex, unsigned char *into, int room)
{
    int length = 0;
    unsigned value;
    if (strcmp(hex, "-") == 0) return 0;
    for (; hex[0] != '\0' && hex[1] != '\0' && length < room; hex += 2) {
        if (sscanf(hex, "%2x", &value) != 1) break;
        into[length++] = (unsigned char)value;
    }
    return length;
}

static int version(const char *word)
{
    if (word == NULL || strcmp(word, "1.2") == 0) return TLS1_2_VERSION;
    return strcmp(word, "1.3") == 0 ? TLS1_3_VERSION : (int)number(word);
}

/* `SERVER|NO_AUTO_CLEAR`, or a number. */
static long mode(const char *word)
{
    static const struct {
        const char *name;
        long bits;
    } flags[] = {
        { "OFF", SSL_SESS_CACHE_OFF },
        { "CLIENT", SSL_SESS_CACHE_CLIENT },
        { "SERVER", SSL_SESS_CACHE_SERVER },
        { "BOTH", SSL_SESS_CACHE_BOTH },
        { "NO_AUTO_CLEAR", SSL_SESS_CACHE_NO_AUTO_CLEAR },
        { "NO_INTERNAL_LOOKUP", SSL_SESS_CACHE_NO_INTERNAL_LOOKUP },
        { "NO_INTERNAL_STORE", SSL_SESS_CACHE_NO_INTERNAL_STORE },
        { "NO_INTERNAL", SSL_SESS_CACHE_NO_INTERNAL },
        { "UPDATE_TIME", SSL_SESS_CACHE_UPDATE_TIME },
    };
    if (*word == '-' || (*word >= '0' && *word <= '9')) return number(word);
    long bits = 0;
    char *copy = copy_of(word), *rest = copy, *name;
    while ((name = strsep(&rest, "|")) != NULL)
        for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
            if (strcmp(name, flags[i].name) == 0) bits |= flags[i].bits;
    free(copy);
    return bits;
}

static enum callback callback(const char *word)
{
    static const char *const names[] = { "new", "remove", "get", "gen" };
    int which = 0;
    while (which < CALLBACKS && strcmp(word, names[which]) != 0) which++;
    return (enum callback)which;
}

/* ---- Results ---- */

static void result(struct text *out, long value)
{
    text_add(out, "\"ret\":");
    text_number(out, value);
}

static void refuse(struct text *out, const char *word)
{
    text_format(out, "\"ret\":\"%s\"", word);
}

static SSL_SESSION *session_labelled(const char *label)
{
    if (strcmp(label, "$") == 0) return subject();
    struct record *record = record_labelled(label);
    return record == NULL ? NULL : record->session;
}

/* ---- The clock ---- */

static void run_clock(const struct words *words, struct text *out)
{
    recorder_clock = (time_t)number(words->at[1]);
    result(out, recorder_clock);
}

static void run_tick(const struct words *words, struct text *out)
{
    recorder_clock += (time_t)number(words->at[1]);
    result(out, recorder_clock);
}

/* ---- Contexts ---- */

static void run_mode(struct context *context, const struct words *words, struct text *out)
{
    result(out, SSL_CTX_set_session_cache_mode(context->ctx, mode(words->at[2])));
}

static void run_size(struct context *context, const struct words *words, struct text *out)
{
    result(out, SSL_CTX_sess_set_cache_size(context->ctx, number(words->at[2])));
}

static void run_timeout(struct context *context, const struct words *words, struct text *out)
{
    result(out, SSL_CTX_set_timeout(context->ctx, number(words->at[2])));
}

static void run_sidctx(struct context *context, const struct words *words, struct text *out)
{
    unsigned char id[128];
    int length = bytes(words->at[2], id, sizeof id);
    result(out, SSL_CTX_set_session_id_context(context->ctx, id, (unsigned)length));
}

static void run_verify(struct context *context, const struct words *words, struct text *out)
{
    int verifies = strcmp(words->at[2], "peer") == 0;
    SSL_CTX_set_verify(context->ctx, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    result(out, 1);
}

static int not_resumable(SSL *ssl, int is_forward_secret)
{
    (void)ssl, (void)is_forward_secret;
    return 1;
}

static void switch_option(SSL_CTX *ctx, uint64_t bit, const char *value)
{
    if (value == NULL) return;
    if (number(value) != 0) SSL_CTX_set_options(ctx, bit);
    else SSL_CTX_clear_options(ctx, bit);
}

static void run_opt(struct context *context, const struct words *words, struct text *out)
{
    SSL_CTX *ctx = context->ctx;
    switch_option(ctx, SSL_OP_NO_TICKET, option(words, "no_ticket"));
    switch_option(ctx, SSL_OP_NO_ANTI_REPLAY, option(words, "no_anti_replay"));
    if (option(words, "max_early") != NULL)
        SSL_CTX_set_max_early_data(ctx, (uint32_t)number_option(words, "max_early", 0));
    if (option(words, "num_tickets") != NULL)
        SSL_CTX_set_num_tickets(ctx, (size_t)number_option(words, "num_tickets", 2));
    if (option(words, "notres") != NULL)
        SSL_CTX_set_not_resumable_session_callback(
            ctx, number_option(words, "notres", 0) != 0 ? not_resumable : NULL);
    result(out, 1);
}

static void run_cb(struct context *context, const struct words *words, struct text *out)
{
    enum callback which = callback(words->at[2]);
    if (which == CALLBACKS) {
        refuse(out, "bad");
        return;
    }
    if (which == CALLBACK_NEW) context->new_answer = (int)number_option(words, "ret", 0);
    result(out, set_callback(context, which, strcmp(words->at[3], "off") != 0));
}

static void run_on(struct context *context, const struct words *words, struct text *out)
{
    enum callback which = callback(words->at[2]);
    if (which == CALLBACKS) {
        refuse(out, "bad");
        return;
    }
    int count = context->hook_count[which]++;
    struct hook *hooks = realloc(context->hooks[which], (size_t)(count + 1) * sizeof *hooks);
    context->hooks[which] = must_have(hooks);
    hooks[count].line = copy_of(words->inner);
    hooks[count].times = (int)number_option(words, "times", -1);
    result(out, 1);
}

/* The hooks stay where they are: one of them may be running. */
static void run_off(struct context *context, const struct words *words, struct text *out)
{
    enum callback which = callback(words->at[2]);
    if (which == CALLBACKS) {
        refuse(out, "bad");
        return;
    }
    for (int i = 0; i < context->hook_count[which]; i++) context->hooks[which][i].times = 0;
    result(out, 1);
}

static void run_gen(struct context *context, const struct words *words, struct text *out)
{
    int end = context->queue_end++;
    struct generated *queue = realloc(context->queue, (size_t)(end + 1) * sizeof *queue);
    context->queue = must_have(queue);
    struct generated *next = &queue[end];
    *next = (struct generated){ .fails = strcmp(words->at[2], "fail") == 0 };
    if (!next->fails) next->length = bytes(words->at[2], next->id, sizeof next->id);
    next->claimed = (int)number_option(words, "outlen", next->fails ? 32 : next->length);
    result(out, 1);
}

/*
 * A handshake that failed early leaves a session without a cipher, which libssl would use as it is.
 */
static int is_usable(const SSL_SESSION *session)
{
    return SSL_SESSION_get0_cipher(session) != NULL;
}

static void run_add(struct context *context, const struct words *words, struct text *out)
{
    SSL_SESSION *session = session_labelled(words->at[2]);
    const struct context *other = context == &server ? &client : &server;
    if (session == NULL) refuse(out, "nosession");
    else if (!is_usable(session)) refuse(out, "ub");
    else if (is_cached(other, session)) refuse(out, "ub"); /* two lists, with one link */
    else result(out, SSL_CTX_add_session(context->ctx, session));
}

static void run_remove(struct context *context, const struct words *words, struct text *out)
{
    SSL_SESSION *session = session_labelled(words->at[2]);
    if (session == NULL) refuse(out, "nosession");
    else result(out, SSL_CTX_remove_session(context->ctx, session));
}

static void run_flush(struct context *context, const struct words *words, struct text *out)
{
    int is_now = strcmp(words->at[2], "now") == 0;
    FLUSH(context->ctx, is_now ? recorder_clock : number(words->at[2]));
    result(out, 0);
}

/* A connection that has not spoken yet has the version of its method. */
static const SSL_METHOD *method_of(int wanted)
{
    if (wanted == TLS1_2_VERSION) return TLSv1_2_method();
    return wanted == TLS1_1_VERSION ? TLSv1_1_method() : TLS_method();
}

static void run_has(struct context *context, const struct words *words, struct text *out)
{
    unsigned char id[128];
    int length = bytes(words->at[2], id, sizeof id);
    SSL *probe = must_have(SSL_new(context->ctx));
    SSL_set_ssl_method(probe, method_of(version(option(words, "ver"))));
    result(out, SSL_has_matching_session_id(probe, id, (unsigned)length));
    SSL_free(probe);
}

static void run_number(struct context *context, const struct words *words, struct text *out)
{
    (void)words;
    result(out, SSL_CTX_sess_number(context->ctx));
}

/* The counters are part of the state. */
static void run_stats(struct context *context, const struct words *words, struct text *out)
{
    (void)context, (void)words;
    result(out, 0);
}

/* ---- Sessions ---- */

/* The cipher of sessions that scripts make: ECDHE-ECDSA-AES128-GCM-SHA256. */
static const SSL_CIPHER *scripted_cipher(void)
{
    static const unsigned char number_on_wire[2] = { 0xc0, 0x2b };
    SSL *probe = must_have(SSL_new(server.ctx));
    const SSL_CIPHER *cipher = SSL_CIPHER_find(probe, number_on_wire);
    SSL_free(probe);
    return cipher;
}

static SSL_SESSION *make_session(const char *label, const unsigned char *id, int length,
                                 int protocol)
{
    unsigned char secret[48];
    memset(secret, 0x42, sizeof secret);
    label_next(label, 0);
    SSL_SESSION *session = must_have(SSL_SESSION_new());
    SSL_SESSION_set1_master_key(session, secret, sizeof secret);
    SSL_SESSION_set_cipher(session, scripted_cipher());
    if (protocol != 0) SSL_SESSION_set_protocol_version(session, protocol);
    SSL_SESSION_set1_id(session, id, (unsigned)length);
    label_of(session);
    return session;
}

static void run_new(const struct words *words, struct text *out)
{
    unsigned char id[MAX_ID], context[128];
    const char *given;
    if (record_labelled(words->at[1]) != NULL) {
        refuse(out, "exists");
        return;
    }
    given = option(words, "id");
    int length = bytes(given == NULL ? "-" : given, id, sizeof id);
    SSL_SESSION *session = make_session(words->at[1], id, length, version(option(words, "ver")));
    record_of(session)->references = 1;
    if ((given = option(words, "time")) != NULL) SET_TIME(session, number(given));
    if ((given = option(words, "timeout")) != NULL) SSL_SESSION_set_timeout(session, number(given));
    if ((given = option(words, "sidctx")) != NULL) {
        length = bytes(given, context, sizeof context);
        SSL_SESSION_set1_id_context(session, context, (unsigned)length);
    }
    result(out, 1);
}

static void run_dup(const struct words *words, struct text *out)
{
    SSL_SESSION *original = session_labelled(words->at[2]);
    if (record_labelled(words->at[1]) != NULL) {
        refuse(out, "exists");
        return;
    }
    if (original == NULL) {
        refuse(out, "nosession");
        return;
    }
    label_next(words->at[1], record_of(original)->random_id);
    SSL_SESSION *copy = must_have(SSL_SESSION_dup(original));
    record_of(copy)->references = 1;
    label_of(copy);
    result(out, 1);
}

static void run_free(const struct words *words, struct text *out)
{
    struct record *record = record_labelled(words->at[1]);
    if (record == NULL || record->session == NULL || record->references == 0) {
        refuse(out, "nosession");
        return;
    }
    drop(record);
    result(out, 1);
}

static void run_set_time(SSL_SESSION *session, const struct words *words, struct text *out)
{
    result(out, SET_TIME(session, number(words->at[2])));
}

static void run_set_timeout(SSL_SESSION *session, const struct words *words, struct text *out)
{
    result(out, SSL_SESSION_set_timeout(session, number(words->at[2])));
}

static void run_set_sidctx(SSL_SESSION *session, const struct words *words, struct text *out)
{
    unsigned char context[128];
    int length = bytes(words->at[2], context, sizeof context);
    result(out, SSL_SESSION_set1_id_context(session, context, (unsigned)length));
}

/* The id and the version of a cached session are its key in a hash table. */
static int is_cached_anywhere(const SSL_SESSION *session)
{
    return is_cached(&server, session) || is_cached(&client, session);
}

static void run_set_id(SSL_SESSION *session, const struct words *words, struct text *out)
{
    unsigned char id[128];
    int length = bytes(words->at[2], id, sizeof id);
    if (is_cached_anywhere(session)) refuse(out, "ub");
    else result(out, SSL_SESSION_set1_id(session, id, (unsigned)length));
}

static void run_set_ver(SSL_SESSION *session, const struct words *words, struct text *out)
{
    if (is_cached_anywhere(session)) refuse(out, "ub");
    else result(out, SSL_SESSION_set_protocol_version(session, version(words->at[2])));
}

static void run_ext(const struct words *words, struct text *out)
{
    unsigned char id[MAX_ID];
    if (strcmp(words->at[1], "put") != 0) {
        result(out, external_delete(id, bytes(words->at[2], id, sizeof id)));
        return;
    }
    SSL_SESSION *session = session_labelled(words->at[2]);
    if (session == NULL) {
        refuse(out, "nosession");
        return;
    }
    if (!is_usable(session)) {
        refuse(out, "ub");
        return;
    }
    const char *as = option(words, "as");
    unsigned length;
    const unsigned char *own = SSL_SESSION_get_id(session, &length);
    if (as == NULL) memcpy(id, own, length);
    else length = (unsigned)bytes(as, id, sizeof id);
    external_put(id, (int)length, label_of(session), (int)number_option(words, "copy", 1));
    result(out, 1);
}

/* ---- Connections ---- */

/* What the client offers as a private copy of a session: same id, secret and ticket, no context. */
static SSL_SESSION *copy_for_client(const char *label, SSL_SESSION *original)
{
    unsigned char *der = NULL;
    int length = i2d_SSL_SESSION(original, &der);
    if (length <= 0) return NULL;
    const unsigned char *at = der;
    label_next(label, record_of(original)->random_id);
    SSL_SESSION *copy = d2i_SSL_SESSION(NULL, &at, length);
    OPENSSL_free(der);
    if (copy != NULL) SSL_SESSION_set1_id_context(copy, (const unsigned char *)"", 0);
    return copy;
}

static void offer(struct connection *connection, const struct words *words)
{
    char label[LABEL_SIZE + 4];
    unsigned char id[MAX_ID];
    const char *value;
    snprintf(label, sizeof label, "%s.p", connection->name);
    if ((value = option(words, "resume")) != NULL) {
        SSL_set_session(connection->client, session_labelled(value));
        return;
    }
    if ((value = option(words, "propose")) != NULL)
        connection->proposed = copy_for_client(label, session_labelled(value));
    else if ((value = option(words, "proposeid")) != NULL)
        connection->proposed = make_session(label, id, bytes(value, id, sizeof id), TLS1_2_VERSION);
    if (connection->proposed != NULL) SSL_set_session(connection->client, connection->proposed);
}

/* What the ends of one connection set for themselves. */
static void configure(const struct connection *connection, const struct words *words)
{
    unsigned char context[64];
    const char *value;
    if ((value = option(words, "sidctx")) != NULL) {
        int length = bytes(value, context, sizeof context);
        SSL_set_session_id_context(connection->server, context, (unsigned)length);
    }
    if ((value = option(words, "vpeer")) != NULL)
        SSL_set_verify(connection->server, *value == '1' ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    if (number_option(words, "ems", 1) == 0)
        SSL_set_options(connection->client, SSL_OP_NO_EXTENDED_MASTER_SECRET);
}

static void run_connect(const struct words *words, struct text *out)
{
    server.mentioned = client.mentioned = 1;
    if (in_hook || connection_named(words->at[1]) != NULL) {
        refuse(out, "bad");
        return;
    }
    const char *wanted = option(words, "resume");
    if (wanted == NULL) wanted = option(words, "propose");
    if (wanted != NULL && session_labelled(wanted) == NULL) {
        refuse(out, "nosession");
        return;
    }
    struct connection *connection = connection_open(words->at[1], version(option(words, "ver")));
    configure(connection, words);
    offer(connection, words);
    connection_shake_hands(connection, out);
    connection_keep_sessions(connection);
}

static void run_many(const struct words *words, struct text *out)
{
    const char *prefix = option(words, "prefix"), *close = option(words, "close");
    const char *wanted = option(words, "resume");
    int protocol = version(option(words, "ver"));
    long reused = 0, failed = 0;
    server.mentioned = client.mentioned = 1;
    if (in_hook) {
        refuse(out, "bad");
        return;
    }
    SSL_SESSION *session = wanted == NULL ? NULL : session_labelled(wanted);
    for (long i = 1; i <= number(words->at[1]); i++) {
        char name[LABEL_SIZE];
        struct text ignored = { 0 };
        snprintf(name, sizeof name, "%s%ld", prefix == NULL ? "m" : prefix, i);
        struct connection *connection = connection_open(name, protocol);
        if (session != NULL) SSL_set_session(connection->client, session);
        if (!connection_shake_hands(connection, &ignored)) failed++;
        reused += SSL_session_reused(connection->server);
        connection_close(connection, close == NULL ? "clean" : close);
        text_free(&ignored);
    }
    text_format(out, "\"ret\":{\"reused\":%ld,\"failed\":%ld}", reused, failed);
}

static void run_close(const struct words *words, struct text *out)
{
    struct connection *connection = connection_named(words->at[1]);
    if (connection == NULL || in_hook) {
        refuse(out, "noconn");
        return;
    }
    connection_close(connection, words->at[2]);
    result(out, 1);
}

static void run_set_session(const struct words *words, struct text *out)
{
    struct connection *connection = connection_named(words->at[1]);
    SSL_SESSION *session = session_labelled(words->at[3]); /* none for `null` */
    if (connection == NULL) refuse(out, "noconn");
    else result(out, connection_set_session(connection, *words->at[2] == 's', session));
}

static void run_clear(const struct words *words, struct text *out)
{
    struct connection *connection = connection_named(words->at[1]);
    if (connection == NULL) refuse(out, "noconn");
    else result(out, connection_clear(connection, *words->at[2] == 's'));
}

static void run_end(const struct words *words, struct text *out)
{
    (void)words;
    while (connections != NULL) connection_close(connections, "quiet");
    contexts_close();
    result(out, 0);
}

/* ---- Dispatch ---- */

/* One of `run`, with a context or a session that the words name, or with the words alone. */
struct operation {
    const char *name;
    void (*run)(const struct words *, struct text *);
    void (*run_on_context)(struct context *, const struct words *, struct text *);
    void (*run_on_session)(SSL_SESSION *, const struct words *, struct text *);
};

static const struct operation operations[] = {
    { .name = "clock", .run = run_clock },
    { .name = "tick", .run = run_tick },
    { .name = "mode", .run_on_context = run_mode },
    { .name = "size", .run_on_context = run_size },
    { .name = "timeout", .run_on_context = run_timeout },
    { .name = "sidctx", .run_on_context = run_sidctx },
    { .name = "verify", .run_on_context = run_verify },
    { .name = "opt", .run_on_context = run_opt },
    { .name = "cb", .run_on_context = run_cb },
    { .name = "on", .run_on_context = run_on },
    { .name = "off", .run_on_context = run_off },
    { .name = "gen", .run_on_context = run_gen },
    { .name = "add", .run_on_context = run_add },
    { .name = "remove", .run_on_context = run_remove },
    { .name = "flush", .run_on_context = run_flush },
    { .name = "has", .run_on_context = run_has },
    { .name = "number", .run_on_context = run_number },
    { .name = "stats", .run_on_context = run_stats },
    { .name = "new", .run = run_new },
    { .name = "dup", .run = run_dup },
    { .name = "free", .run = run_free },
    { .name = "set_time", .run_on_session = run_set_time },
    { .name = "set_timeout", .run_on_session = run_set_timeout },
    { .name = "set_sidctx", .run_on_session = run_set_sidctx },
    { .name = "set_id", .run_on_session = run_set_id },
    { .name = "set_ver", .run_on_session = run_set_ver },
    { .name = "ext", .run = run_ext },
    { .name = "connect", .run = run_connect },
    { .name = "many", .run = run_many },
    { .name = "close", .run = run_close },
    { .name = "set_session", .run = run_set_session },
    { .name = "clear", .run = run_clear },
    { .name = "end", .run = run_end },
};

static void dispatch(const struct words *words, struct text *out)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        const struct operation *operation = &operations[i];
        if (strcmp(words->at[0], operation->name) != 0) continue;
        if (operation->run != NULL) {
            operation->run(words, out);
        } else if (operation->run_on_context != NULL) {
            struct context *context = context_named(words->at[1]);
            if (context == NULL) refuse(out, "nocontext");
            else operation->run_on_context(context, words, out);
        } else {
            SSL_SESSION *session = session_labelled(words->at[1]);
            if (session == NULL) refuse(out, "nosession");
            else operation->run_on_session(session, words, out);
        }
        return;
    }
    refuse(out, "unknown");
}

/* Cuts `line` into words, in place. */
static void split(char *line, struct words *words)
{
    char *colon = strncmp(line, "on ", 3) == 0 ? strstr(line, " : ") : NULL, *rest = NULL;
    words->count = 0;
    words->inner = "";
    if (colon != NULL) {
        words->inner = colon + 3;
        *colon = '\0';
    }
    for (char *word = strtok_r(line, " \t\r\n", &rest); word != NULL && words->count < MAX_WORDS;
         word = strtok_r(NULL, " \t\r\n", &rest))
        words->at[words->count++] = word;
    for (int i = words->count; i < MAX_WORDS + 2; i++) words->at[i] = "";
}

static void print_words(const struct words *words, struct text *out)
{
    text_add(out, "\"cmd\":[");
    for (int i = 0; i < words->count; i++) {
        if (i > 0) text_add(out, ",");
        text_string(out, words->at[i]);
    }
    if (words->inner[0] != '\0') {
        text_add(out, ",\":\",");
        text_string(out, words->inner);
    }
    text_add(out, "],");
}

void run_line(const char *line, struct text *out)
{
    char *copy = copy_of(line);
    struct words words;
    split(copy, &words);
    print_words(&words, out);
    /*
     * An operation that is refused inside a handshake must not pass for the handshake's own error.
     */
    ERR_set_mark();
    dispatch(&words, out);
    ERR_pop_to_mark();
    free(copy);
}
