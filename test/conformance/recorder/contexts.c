/* The two SSL_CTX of a script, and what the application behind them keeps. */
#include "recorder.h"
#include <stdlib.h>
#include <string.h>
#include <openssl/lhash.h>
#include <openssl/x509.h>

struct context server = { .name = "S" }, client = { .name = "C" };

static EVP_PKEY *key;
static X509 *certificate;

/* A certificate that the client does not look at; its dates are of no matter. */
void contexts_init(void)
{
    key = must_have(EVP_EC_gen("P-256"));
    certificate = must_have(X509_new());
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    ASN1_TIME_set_string(X509_getm_notBefore(certificate), "20000101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(certificate), "20991231235959Z");
    X509_set_pubkey(certificate, key);
    if (X509_sign(certificate, key, EVP_sha256()) == 0) must_have(NULL);
}

static SSL_CTX *make_ctx(void)
{
    SSL_CTX *ctx = must_have(SSL_CTX_new(TLS_method()));
    /*
     * The quickest key exchange, which makes no difference to sessions; and the certificate's
     * curve.
     */
    SSL_CTX_set1_groups_list(ctx, "X25519:P-256");
    return ctx;
}

void contexts_open(void)
{
    client.ctx = make_ctx();
    server.ctx = make_ctx();
    if (SSL_CTX_use_certificate(server.ctx, certificate) != 1 ||
        SSL_CTX_use_PrivateKey(server.ctx, key) != 1)
        must_have(NULL);
    SSL_CTX_set_options(server.ctx, SSL_OP_NO_TICKET);
    set_callback(&server, CALLBACK_GENERATE, 1);
}

void contexts_close(void)
{
    SSL_CTX_free(server.ctx);
    SSL_CTX_free(client.ctx);
    server.ctx = client.ctx = NULL;
}

static void reset(struct context *context)
{
    for (int which = 0; which < CALLBACKS; which++) {
        for (int i = 0; i < context->hook_count[which]; i++) free(context->hooks[which][i].line);
        free(context->hooks[which]);
    }
    free(context->queue);
    free(context->shown);
    *context = (struct context){ .name = context->name };
}

void contexts_reset(void)
{
    reset(&server);
    reset(&client);
    external_reset();
}

struct context *context_named(const char *name)
{
    struct context *context = NULL;
    if (strcmp(name, server.name) == 0) context = &server;
    else if (strcmp(name, client.name) == 0) context = &client;
    if (context == NULL || context->ctx == NULL) return NULL;
    context->mentioned = 1;
    return context;
}

struct context *context_of(const SSL_CTX *ctx)
{
    return ctx == client.ctx ? &client : &server;
}

int is_cached(const struct context *context, const SSL_SESSION *session)
{
    if (context->ctx == NULL) return 0;
    return OPENSSL_LH_retrieve((OPENSSL_LHASH *)SSL_CTX_sessions(context->ctx), session) == session;
}

/* ---- The external cache ---- */

struct answer {
    unsigned char id[MAX_ID];
    int length, copy;
    char label[LABEL_SIZE];
    struct answer *next;
};

static struct answer *answers;

static int is_for(const struct answer *answer, const unsigned char *id, int length)
{
    return answer->length == length && memcmp(answer->id, id, (size_t)length) == 0;
}

/* Where the answer for an id is, or would be. */
static struct answer **place_of(const unsigned char *id, int length)
{
    struct answer **place = &answers;
    while (*place != NULL && !is_for(*place, id, length)) place = &(*place)->next;
    return place;
}

void external_put(const unsigned char *id, int length, const char *label, int copy)
{
    struct answer **place = place_of(id, length);
    if (*place == NULL) *place = must_have(calloc(1, sizeof **place));
    memcpy((*place)->id, id, (size_t)length);
    (*place)->length = length;
    (*place)->copy = copy;
    snprintf((*place)->label, sizeof (*place)->label, "%s", label);
}

int external_delete(const unsigned char *id, int length)
{
    struct answer **place = place_of(id, length), *answer = *place;
    if (answer == NULL) return 0;
    *place = answer->next;
    free(answer);
    return 1;
}

struct record *external_find(const unsigned char *id, int length, int *copy)
{
    struct answer *answer = *place_of(id, length);
    if (answer == NULL) return NULL;
    *copy = answer->copy;
    struct record *record = record_labelled(answer->label);
    return record != NULL && record->session != NULL ? record : NULL;
}

void external_reset(void)
{
    while (answers != NULL) {
        struct answer *answer = answers;
        answers = answer->next;
        free(answer);
    }
}
