/* What the daemon says on standard error, which systemd takes into the journal: one line each, strangers' names escaped. */
#ifndef NTLMAUDIT_DAEMON_SAY_H
#define NTLMAUDIT_DAEMON_SAY_H

/* Who speaks: "decoder"; NULL for the program itself. Literals. */
void daemon_name(const char *name);

/* "ntlmauditd: decoder: ..." and a newline. */
void daemon_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
