/*
 * The clock that libssl reads. These definitions come before the C library's wherever the symbols
 * are resolved in order: in a program that has them, and in any program that has them preloaded.
 * Under Node, which is such a program, they tell the real time until the recorder starts.
 */
#include <sys/time.h>
#include <time.h>

time_t recorder_clock;
int recorder_clock_stands;

static struct timespec now(void)
{
    struct timespec real;
    if (recorder_clock_stands) return (struct timespec){ .tv_sec = recorder_clock };
    clock_gettime(CLOCK_REALTIME, &real);
    return real;
}

time_t time(time_t *seconds)
{
    time_t value = now().tv_sec;
    if (seconds != NULL) *seconds = value;
    return value;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
    (void)zone;
    struct timespec value = now();
    at->tv_sec = value.tv_sec;
    at->tv_usec = value.tv_nsec / 1000;
    return 0;
}
