/*
 * Records what libssl's session cache does with a script: one operation a line in, one JSON object
 * a line out. The formats are in ../README.md. A recording depends on nothing but the script and
 * the library: the clock stands until the script moves it, session ids come from the script, and no
 * address or random byte is printed.
 *
 *   text.c         text that grows, and JSON
 *   clock.c        the clock that libssl reads
 *   labels.c       sessions and the labels by which scripts and recordings name them
 *   contexts.c     the two SSL_CTX, and what the application behind them keeps
 *   callbacks.c    callbacks that write down what they see, and the operations hooked to them
 *   order.c        the order of a cache, of which libssl has no public view
 *   connections.c  handshakes over memory, and the ways to end a connection
 *   state.c        what has changed after an operation
 *   operations.c   the operations of scripts
 *   scripts.c      reads scripts and prints recordings
 */
#ifndef RECORDER_H
#define RECORDER_H

#include <stdio.h>
#include <time.h>
#include <openssl/ssl.h>

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "OpenSSL 3.0 or later is needed"
#endif

enum { LABEL_SIZE = 64, MAX_WORDS = 62, MAX_ID = 32 };

/* ---- text.c ---- */

struct text {
    char *at;    /* ends with NUL; NULL while empty */
    size_t length, room;
};

/* Memory or the end of the process: a recorder has no use for half a recording. */
void *must_have(void *memory);
char *copy_of(const char *string);

void text_add(struct text *text, const char *string);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As a JSON string. */
void text_string(struct text *text, const char *string);
/* Beyond 2^53 as a JSON string, for no JSON number can carry it. */
void text_number(struct text *text, long value);
void text_hex(struct text *text, const unsigned char *bytes, size_t length);
/* A comma, unless `text` is at the start of a list. */
void text_separate(struct text *text);
void text_clear(struct text *text);
void text_free(struct text *text);

/* ---- clock.c ---- */

extern time_t recorder_clock;
extern int recorder_clock_stands;

/* ---- labels.c ---- */

struct record {
    SSL_SESSION *session; /* NULL once freed */
    char base[LABEL_SIZE];
    char label[LABEL_SIZE + 12]; /* empty until the session is first reported */
    int references; /* held by the script */
    int random_id;  /* only the length of its id can be printed */
    char *shown;    /* its state as last printed */
    struct record *next;
};

extern struct record *records;

void labels_init(void);
void labels_reset(void);
/* The label that sessions get which libssl makes from now on. */
void label_next(const char *base, int random_id);
struct record *record_of(const SSL_SESSION *session);
struct record *record_labelled(const char *label);
const char *label_of(const SSL_SESSION *session);
/* Whether it is the client's private copy of a session, which is not reported. */
int is_client_copy(const struct record *record);
void hold(struct record *record);
void drop(struct record *record);

/* ---- contexts.c ---- */

enum callback { CALLBACK_NEW, CALLBACK_REMOVE, CALLBACK_GET, CALLBACK_GENERATE, CALLBACKS };

struct hook {
    char *line;
    int times;    /* how often it is still to run; negative: without end */
};

/* What the generate callback is to answer. */
struct generated {
    unsigned char id[64];
    int length, claimed, fails;
};

struct context {
    const char *name;
    SSL_CTX *ctx;
    int mentioned;       /* shows in the recorded state from its first mention on */
    int new_answer;
    int has_generator;
    unsigned ids_made;
    struct hook *hooks[CALLBACKS];
    int hook_count[CALLBACKS];
    struct generated *queue;
    int queue_start, queue_end;
    char *shown;
};

extern struct context server, client;

void contexts_init(void);
void contexts_open(void);
void contexts_close(void);
void contexts_reset(void);
struct context *context_named(const char *name);
struct context *context_of(const SSL_CTX *ctx);
int is_cached(const struct context *context, const SSL_SESSION *session);

/* The script's external cache: answers with the session labelled so, while it lives. */
void external_put(const unsigned char *id, int length, const char *label, int copy);
int external_delete(const unsigned char *id, int length);
struct record *external_find(const unsigned char *id, int length, int *copy);
void external_reset(void);

/* ---- callbacks.c ---- */

/* The events of the operation that is running. */
extern struct text *events;
/* Whether a hooked operation is running. */
extern int in_hook;
/* Nothing is recorded: the recorder itself is at work. */
extern int muted;

int set_callback(struct context *context, enum callback which, int on);
/* The session that `$` stands for. */
SSL_SESSION *subject(void);

/* ---- order.c ---- */

void order_init(void);
/* Calls `visit` with each cached session, next to be evicted first. */
void order_walk(const SSL_CTX *ctx, void (*visit)(SSL_SESSION *session, void *arg), void *arg);

/* ---- connections.c ---- */

struct connection {
    char name[LABEL_SIZE];
    SSL *server, *client;
    SSL_SESSION *proposed;    /* the client's private copy */
    struct connection *next;
};

extern struct connection *connections;

struct connection *connection_named(const char *name);
struct connection *connection_open(const char *name, int version);
/* Does the handshake, and prints how it ended. Returns whether both ends succeeded. */
int connection_shake_hands(struct connection *connection, struct text *out);
/* Takes references to the sessions that the connection made, for the script. */
void connection_keep_sessions(const struct connection *connection);
void connection_close(struct connection *connection, const char *how);
/* SSL_set_session and SSL_clear, at one end. */
int connection_set_session(struct connection *connection, int at_server, SSL_SESSION *session);
int connection_clear(struct connection *connection, int at_server);

/* ---- state.c ---- */

/* Prints what differs from the state last printed. */
void print_changes(struct text *out);

/* ---- operations.c ---- */

/* Runs one line of a script; prints `"cmd":[…],"ret":…`. */
void run_line(const char *line, struct text *out);

/* ---- scripts.c ---- */

/* Records the scripts of `in` to `out`; see ../README.md. Returns an exit status. */
int record(FILE *in, FILE *out);

#endif
