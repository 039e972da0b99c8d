/* What syslog puts around a message in a file: who wrote it, and where the message begins. */
#ifndef NTLMAUDIT_SAMBA_WRAP_H
#define NTLMAUDIT_SAMBA_WRAP_H

#include "samba/line.h"

struct samba_wrap {
	enum samba_wrapping wrapping;
	struct span host, program; /* no ptr: not said */
	uint32_t program_id;
	struct span json; /* from its first brace to the end of the line */
};

/*
 * Looks for the JSON of a line: bare, behind blanks, behind "JSON Authentication:" (Samba 4.7), and each of these behind the header
 * of RFC 3164 (as of rsyslog's files, the time also as of RFC 3339) or of RFC 5424. False: there is none where it would be.
 */
bool samba_unwrap(struct span line, struct samba_wrap *ret_wrap);

#endif
