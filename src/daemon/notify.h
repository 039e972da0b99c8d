/* sd_notify(3)'s protocol, which is a datagram: systemd learns that we are ready, alive, reading anew, or ending. */
#ifndef NTLMAUDIT_DAEMON_NOTIFY_H
#define NTLMAUDIT_DAEMON_NOTIFY_H

/* "READY=1", "WATCHDOG=1", ... with "\n" between several. Nothing where nobody asked to be notified. */
void notify_send(const char *state);

#endif
