/*
 * Events of those who are asked: domain controllers (4030-4033), by their secure channels and by Samba's log, and Samba's servers
 * (4022/4023), by their log alone.
 */
#ifndef NTLMAUDIT_AUDIT_LOGON_H
#define NTLMAUDIT_AUDIT_LOGON_H

#include "audit/activity.h"
#include "audit/emit.h"

/* `key` as in audit_new: their ActivityID is that of the server challenge, or derives from the logon's number. */
void logon_netlogon(struct emitter *e, const struct activity_key *key,
		    const struct netlogon_logon *l);
void logon_samba(struct emitter *e, const struct activity_key *key, const struct audit_log *log,
		 const struct samba_line *line);

#endif
