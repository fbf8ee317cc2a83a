/*
 * The recorder as an addon of Node, for the libssl inside its executable: `record()` takes scripts
 * from stdin and prints recordings to stdout, `version()` tells which library that is. clock.c has
 * to be preloaded.
 */
#include "recorder.h"
#include <node_api.h>

static napi_value call_record(napi_env env, napi_callback_info info)
{
    napi_value status;
    (void)info;
    napi_create_int32(env, record(stdin, stdout), &status);
    return status;
}

static napi_value call_version(napi_env env, napi_callback_info info)
{
    napi_value version;
    (void)info;
    const char *text = OpenSSL_version(OPENSSL_VERSION_STRING);
    napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &version);
    return version;
}

NAPI_MODULE_INIT()
{
    const napi_property_descriptor properties[] = {
        { .utf8name = "record", .method = call_record, .attributes = napi_enumerable },
        { .utf8name = "version", .method = call_version, .attributes = napi_enumerable },
    };
    napi_define_properties(env, exports, sizeof properties / sizeof *properties, properties);
    return exports;
}
