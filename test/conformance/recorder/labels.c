/*
 * Sessions and their labels. libssl tells of each session that it makes, copies and frees
 * (ex_data), also of the temporary ones; a session gets its label when it is first reported, so
 * that those take none.
 */
#include "recorder.h"
#include <stdlib.h>
#include <string.h>

struct record *records;
static struct record **last = &records;
static int ex_index;
static char next_base[LABEL_SIZE];
static int next_has_random_id;

void label_next(const char *base, int random_id)
{
    snprintf(next_base, sizeof next_base, "%s", base);
    next_has_random_id = random_id;
}

struct record *record_of(const SSL_SESSION *session)
{
    return session == NULL ? NULL : SSL_SESSION_get_ex_data(session, ex_index);
}

struct record *record_labelled(const char *label)
{
    struct record *found = NULL;
    for (struct record *record = records; record != NULL; record = record->next)
        if (strcmp(record->label, label) == 0) found = record;
    return found;
}

/* `base`, or `base#2` and on when that is taken. */
static void give_label(struct record *record)
{
    char label[sizeof record->label];
    snprintf(label, sizeof label, "%s", record->base);
    for (int n = 2; record_labelled(label) != NULL; n++)
        snprintf(label, sizeof label, "%s#%d", record->base, n);
    memcpy(record->label, label, sizeof label);
}

const char *label_of(const SSL_SESSION *session)
{
    struct record *record = record_of(session);
    if (record == NULL) return "?";
    if (record->label[0] == '\0') give_label(record);
    return record->label;
}

int is_client_copy(const struct record *record)
{
    size_t length = strlen(record->base);
    return length > 2 && strcmp(record->base + length - 2, ".p") == 0;
}

void hold(struct record *record)
{
    if (SSL_SESSION_up_ref(record->session)) record->references++;
}

void drop(struct record *record)
{
    if (record->references == 0) return;
    record->references--;
    SSL_SESSION_free(record->session);
}

static void on_made(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long argl,
                    void *argp)
{
    (void)pointer, (void)argl, (void)argp;
    struct record *record = must_have(calloc(1, sizeof *record));
    snprintf(record->base, sizeof record->base, "%s", next_base);
    record->session = parent;
    record->random_id = next_has_random_id;
    *last = record;
    last = &record->next;
    CRYPTO_set_ex_data(data, index, record);
}

/* A copy has been announced like any new session, and keeps the record that it got then. */
static int on_copied(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **value, int index,
                     long argl, void *argp)
{
    (void)from, (void)argl, (void)argp;
    *value = CRYPTO_get_ex_data(to, index);
    return 1;
}

static void on_freed(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long argl,
                     void *argp)
{
    (void)parent, (void)data, (void)index, (void)argl, (void)argp;
    struct record *record = pointer;
    if (record == NULL) return;
    record->session = NULL;
    if (muted || is_client_copy(record) || record->label[0] == '\0') return;
    text_separate(events);
    text_add(events, "{\"cb\":\"free\",\"sess\":");
    text_string(events, record->label);
    text_add(events, "}");
}

void labels_init(void)
{
    ex_index = SSL_SESSION_get_ex_new_index(0, NULL, on_made, on_copied, on_freed);
}

/* Frees every session that the script still holds, and forgets all. */
void labels_reset(void)
{
    for (struct record *record = records; record != NULL; record = record->next)
        while (record->session != NULL && record->references > 0) drop(record);
    while (records != NULL) {
        struct record *record = records;
        records = record->next;
        free(record->shown);
        free(record);
    }
    last = &records;
}
