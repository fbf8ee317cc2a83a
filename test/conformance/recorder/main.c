/* The recorder as a program, for the libssl of the system: scripts in, recordings out. */
#include "recorder.h"
#include <string.h>

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "--version") == 0) {
        puts(OpenSSL_version(OPENSSL_VERSION_STRING));
        return 0;
    }
    return record(stdin, stdout);
}
