/* Text that grows, and JSON. */
#include "recorder.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void *must_have(void *memory)
{
    if (memory == NULL) {
        fputs("recorder: no memory\n", stderr);
        abort();
    }
    return memory;
}

char *copy_of(const char *string)
{
    return must_have(strdup(string));
}

static void text_append(struct text *text, const char *bytes, size_t length)
{
    if (text->length + length + 1 > text->room) {
        text->room = 2 * (text->length + length + 1) + 64;
        text->at = must_have(realloc(text->at, text->room));
    }
    memcpy(text->at + text->length, bytes, length);
    text->length += length;
    text->at[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
    text_append(text, string, strlen(string));
}

void text_format(struct text *text, const char *format, ...)
{
    char *string;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&string, format, arguments);
    va_end(arguments);
    if (length < 0) must_have(NULL);
    text_append(text, string, (size_t)length);
    free(string);
}

void text_string(struct text *text, const char *string)
{
    text_append(text, "\"", 1);
    for (; *string != '\0'; string++) {
        unsigned char byte = (unsigned char)*string;
        if (byte < ' ') text_format(text, "\\u%04x", byte);
        else {
            if (byte == '"' || byte == '\\') text_append(text, "\\", 1);
            text_append(text, string, 1);
        }
    }
    text_append(text, "\"", 1);
}

void text_number(struct text *text, long value)
{
    static const long max_safe_integer = 9007199254740991L;
    int is_safe = -max_safe_integer <= value && value <= max_safe_integer;
    text_format(text, is_safe ? "%ld" : "\"%ld\"", value);
}

void text_hex(struct text *text, const unsigned char *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    text_append(text, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        char pair[2] = { digits[bytes[i] >> 4], digits[bytes[i] & 15] };
        text_append(text, pair, 2);
    }
    text_append(text, "\"", 1);
}

void text_separate(struct text *text)
{
    if (text->length > 0) text_append(text, ",", 1);
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->at != NULL) text->at[0] = '\0';
}

void text_free(struct text *text)
{
    free(text->at);
    *text = (struct text){ 0 };
}
