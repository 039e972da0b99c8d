#include "daemon/say.h"

#include "format/escape.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static const char *who;

void daemon_name(const char *name)
{
	who = name;
}

/* One write a line: the lines of several processes then don't mix. */
void daemon_say(const char *format, ...)
{
	struct text line;
	char message[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	text_init(&line, 0);
	text_printf(&line, "%s: %s%s", program_invocation_short_name, who ? who : "",
		    who ? ": " : "");
	text_visible(&line, message);
	text_putc(&line, '\n');
	if (!line.failed && write(STDERR_FILENO, line.ptr, line.len) < 0)
		errno = 0; /* there is nobody left to tell */
	text_finish(&line);
}
