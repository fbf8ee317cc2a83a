/*
 * Reads scripts and prints recordings. A line `script NAME` begins a script of its own, with
 * contexts and a clock as new, and is printed as `{"script":"NAME"}` before the recording.
 */
#include "recorder.h"
#include <stdlib.h>
#include <string.h>

enum { CLOCK_START = 1000000000 };

static int is_open;
static long operation_number;

static void begin_script(void)
{
    recorder_clock = CLOCK_START;
    operation_number = 0;
    contexts_open();
    is_open = 1;
}

static void record_operation(const char *line, FILE *out)
{
    struct text result = { 0 }, changes = { 0 };
    int is_end = strcmp(line, "end") == 0;
    text_clear(events);
    run_line(line, &result);
    fprintf(out, "{\"i\":%ld,%s,\"ev\":[%s]", operation_number++, result.at,
            events->length > 0 ? events->at : "");
    if (!is_end) {
        print_changes(&changes);
        fprintf(out, ",\"st\":{%s}", changes.length > 0 ? changes.at : "");
    }
    fputs("}\n", out);
    text_free(&result);
    text_free(&changes);
    if (is_end) is_open = 0;
}

static void end_script(FILE *out)
{
    if (is_open) record_operation("end", out);
    muted = 1;
    labels_reset();
    contexts_reset();
    muted = 0;
    fflush(out);
}

static void start(void)
{
    recorder_clock = CLOCK_START;
    recorder_clock_stands = 1;
    labels_init();
    contexts_init();
    muted = 1;
    order_init();
    labels_reset();
    muted = 0;
}

static void trim(char *line)
{
    size_t length = strlen(line);
    while (length > 0 && strchr(" \t\r\n", line[length - 1]) != NULL) line[--length] = '\0';
}

int record(FILE *in, FILE *out)
{
    static const char heading[] = "script ";
    char *line = NULL;
    size_t room = 0;
    int has_begun = 0, has_ended = 0;
    start();
    while (getline(&line, &room, in) >= 0) {
        trim(line);
        if (line[0] == '\0' || line[0] == '#') continue;
        int is_heading = strncmp(line, heading, sizeof heading - 1) == 0;
        if (is_heading && has_begun) end_script(out);
        if (is_heading || !has_begun) begin_script();
        if (is_heading) fprintf(out, "{\"script\":\"%s\"}\n", line + sizeof heading - 1);
        else if (is_open) record_operation(line, out);
        has_begun = 1;
    }
    has_ended = feof(in) && !ferror(out);
    if (has_begun) end_script(out);
    free(line);
    return has_ended ? EXIT_SUCCESS : EXIT_FAILURE;
}
