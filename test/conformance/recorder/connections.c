/* Handshakes over memory, and the ways to end a connection. */
#include "recorder.h"
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>

struct connection *connections;

/* One end of a handshake, and what has come of it. */
struct end {
    SSL *ssl;
    const char *side;
    int done, failed;
    int reason;    /* of the first error */
};

struct connection *connection_named(const char *name)
{
    struct connection *connection = connections;
    while (connection != NULL && strcmp(connection->name, name) != 0) connection = connection->next;
    return connection;
}

/* Sessions that libssl makes while this end acts are labelled after it. */
static void act_as(const struct connection *connection, const char *side)
{
    char base[LABEL_SIZE + 4];
    int has_tickets = server.ctx != NULL && !(SSL_CTX_get_options(server.ctx) & SSL_OP_NO_TICKET);
    snprintf(base, sizeof base, "%s.%s", connection->name, side);
    label_next(base, !server.has_generator || has_tickets);
}

static BIO *make_pipe(void)
{
    BIO *pipe = must_have(BIO_new(BIO_s_mem()));
    BIO_set_mem_eof_return(pipe, -1);
    return pipe;
}

struct connection *connection_open(const char *name, int version)
{
    struct connection *connection = must_have(calloc(1, sizeof *connection));
    BIO *to_server = make_pipe(), *to_client = make_pipe();
    snprintf(connection->name, sizeof connection->name, "%s", name);
    connection->server = must_have(SSL_new(server.ctx));
    connection->client = must_have(SSL_new(client.ctx));
    SSL_set_accept_state(connection->server);
    SSL_set_connect_state(connection->client);
    BIO_up_ref(to_server);
    BIO_up_ref(to_client);
    SSL_set_bio(connection->server, to_server, to_client);
    SSL_set_bio(connection->client, to_client, to_server);
    SSL_set_min_proto_version(connection->client, version);
    SSL_set_max_proto_version(connection->client, version);
    connection->next = connections;
    connections = connection;
    return connection;
}

static void note_failure(struct end *end)
{
    unsigned long error;
    end->failed = 1;
    while ((error = ERR_get_error()) != 0)
        if (end->reason == 0) end->reason = ERR_GET_REASON(error);
}

static void take_turn(const struct connection *connection, struct end *end)
{
    if (end->done || end->failed) return;
    ERR_clear_error();
    act_as(connection, end->side);
    int result = SSL_do_handshake(end->ssl);
    if (result == 1) end->done = 1;
    else if (SSL_get_error(end->ssl, result) != SSL_ERROR_WANT_READ) note_failure(end);
}

/* Lets an end see what the other one sent last: an alert, tickets of TLS 1.3. */
static void read_rest(const struct connection *connection, struct end *end)
{
    char byte;
    if (end->failed) return;
    ERR_clear_error();
    act_as(connection, end->side);
    int result = SSL_read(end->ssl, &byte, 1);
    if (result <= 0 && SSL_get_error(end->ssl, result) == SSL_ERROR_SSL) note_failure(end);
    ERR_clear_error();
}

/* Labels what the caches hold, in the order in which it was made. */
static void label_cached(void)
{
    for (struct record *record = records; record != NULL; record = record->next) {
        if (record->session == NULL || record->label[0] != '\0') continue;
        if (is_cached(&server, record->session) || is_cached(&client, record->session))
            label_of(record->session);
    }
}

static void print_label(struct text *out, const char *name, SSL_SESSION *session)
{
    text_format(out, ",\"%s\":", name);
    if (session == NULL) text_add(out, "null");
    else text_string(out, label_of(session));
}

int connection_shake_hands(struct connection *connection, struct text *out)
{
    enum { MAX_TURNS = 10 };
    struct end s = { .ssl = connection->server, .side = "s" };
    struct end c = { .ssl = connection->client, .side = "c" };
    for (int i = 0; i < MAX_TURNS && !((s.done || s.failed) && (c.done || c.failed)); i++) {
        take_turn(connection, &c);
        if ((s.done || s.failed) && (c.done || c.failed)) break;
        take_turn(connection, &s);
    }
    read_rest(connection, &c);
    read_rest(connection, &s);
    label_cached();
    text_format(out, "\"ret\":{\"s\":%d,\"c\":%d,\"reused\":%d,\"creused\":%d", s.done && !s.failed,
                c.done && !c.failed, SSL_session_reused(s.ssl), SSL_session_reused(c.ssl));
    print_label(out, "ssess", SSL_get0_session(s.ssl));
    print_label(out, "csess", SSL_get0_session(c.ssl));
    if (s.reason != 0) text_format(out, ",\"serr\":%d", s.reason);
    if (c.reason != 0) text_format(out, ",\"cerr\":%d", c.reason);
    text_add(out, "}");
    return s.done && !s.failed && c.done && !c.failed;
}

static int is_made_by(const struct record *record, const char *base)
{
    size_t length = strlen(base);
    if (strncmp(record->label, base, length) != 0) return 0;
    return record->label[length] == '\0' || record->label[length] == '#';
}

void connection_keep_sessions(const struct connection *connection)
{
    char server_base[LABEL_SIZE + 4], client_base[LABEL_SIZE + 4];
    snprintf(server_base, sizeof server_base, "%s.s", connection->name);
    snprintf(client_base, sizeof client_base, "%s.c", connection->name);
    for (struct record *record = records; record != NULL; record = record->next) {
        if (record->session == NULL || record->references > 0) continue;
        if (is_made_by(record, server_base) || is_made_by(record, client_base)) hold(record);
    }
}

static void shut_down_cleanly(const struct connection *connection)
{
    for (int round = 0; round < 2; round++) {
        SSL_shutdown(connection->server);
        SSL_shutdown(connection->client);
    }
}

/* The server meets a junk record and sends an alert, which the client reads. */
static void break_off(const struct connection *connection)
{
    static const unsigned char junk[5 + 32] = { SSL3_RT_APPLICATION_DATA, 3, 3, 0, 32 };
    char byte;
    BIO_write(SSL_get_rbio(connection->server), junk, sizeof junk);
    SSL_read(connection->server, &byte, 1);
    SSL_read(connection->client, &byte, 1);
}

static void connection_free(struct connection *connection)
{
    struct connection **place = &connections;
    while (*place != connection) place = &(*place)->next;
    *place = connection->next;
    act_as(connection, "s");
    SSL_free(connection->server);
    act_as(connection, "c");
    SSL_free(connection->client);
    SSL_SESSION_free(connection->proposed);
    free(connection);
}

/* `clean` and `quiet` shut both ends down; `drop`, or any other word, says nothing. */
void connection_close(struct connection *connection, const char *how)
{
    ERR_clear_error();
    if (strcmp(how, "clean") == 0) {
        shut_down_cleanly(connection);
    } else if (strcmp(how, "quiet") == 0) {
        SSL_set_shutdown(connection->server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_set_shutdown(connection->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    } else if (strcmp(how, "fatal") == 0) {
        break_off(connection);
    }
    ERR_clear_error();
    connection_free(connection);
}

static SSL *acting_end(const struct connection *connection, int at_server)
{
    act_as(connection, at_server ? "s" : "c");
    return at_server ? connection->server : connection->client;
}

int connection_set_session(struct connection *connection, int at_server, SSL_SESSION *session)
{
    return SSL_set_session(acting_end(connection, at_server), session);
}

int connection_clear(struct connection *connection, int at_server)
{
    return SSL_clear(acting_end(connection, at_server));
}
