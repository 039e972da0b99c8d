/* Moments as people write them on the command line. Everything is UTC, as all that is printed. */
#ifndef NTLMAUDIT_CMD_WHEN_H
#define NTLMAUDIT_CMD_WHEN_H

#include <stdint.h>

/* What --help and messages say of the forms. */
#define WHEN_FORMS "2026-11-22, 2026-11-22T14:00[:00[Z|+01:00]], -2d, -90m, yesterday, today or now"

/*
 * As base/clock.h has time. A date and time of RFC 3339, whose time, seconds, fraction and zone may be missing
 * (00:00:00, UTC; a blank may stand for the T); `now`, `today`, `yesterday` (at midnight); `@` and seconds since 1970; or a while before `now`: numbers
 * with s, m, h, d or w, `-2d`, `1h30m`, with or without the minus. Years 1678 to 2261. 0, or -EINVAL.
 */
int when_parse(const char *s, int64_t now, int64_t *ret_time) __attribute__((warn_unused_result));

/* Days from 1970-01-01 to a day of the Gregorian calendar. */
int64_t when_days(int64_t year, int64_t month, int64_t day);

#endif
