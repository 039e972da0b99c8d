/*
 * Events are data: two tables, and nothing else knows a field. The dictionary names every fact once; a layout
 * lists one event's fields in Windows' order with their names and types there and the KB's groups and labels.
 * Every format, store and document walks these tables.
 */
#ifndef NTLMAUDIT_EVENT_SCHEMA_H
#define NTLMAUDIT_EVENT_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fact {
	/* who */
	FACT_PROCESS_NAME,
	FACT_PROCESS_ID,
	FACT_USER,
	FACT_DOMAIN,
	FACT_HOST, /* the client's machine name, as it says itself */
	FACT_SIGN_ON,
	/* where */
	FACT_CLIENT_IP,
	FACT_CLIENT_NAME,
	FACT_TARGET_MACHINE,
	FACT_TARGET_DOMAIN,
	FACT_TARGET_SERVICE,
	FACT_TARGET_IP,
	FACT_TARGET_NAME,
	/* why */
	FACT_REASON_ID,
	FACT_REASON,
	/* how safe */
	FACT_FLAGS,
	FACT_NTLM_VERSION,
	FACT_SESSION_KEY,
	FACT_CHANNEL_BINDING,
	FACT_SERVICE_BINDING,
	FACT_MIC,
	FACT_AV_FLAGS,
	FACT_AV_FLAGS_TEXT,
	FACT_STATUS,
	FACT_STATUS_TEXT,
	/* domain controllers */
	FACT_DC_NAME,
	FACT_SERVER_NAME,
	FACT_SERVER_DOMAIN,
	FACT_SERVER_IP,
	FACT_SERVER_OS,
	FACT_FORWARDER_TYPE,
	FACT_FORWARDER_NAME,
	FACT_FORWARDER_DOMAIN,
	FACT_FORWARDER_IP,
	/* legacy events */
	FACT_CLIENT_LUID,
	FACT_CLIENT_USER,
	FACT_CLIENT_DOMAIN,
	FACT_MECHANISM_OID,
	FACT_LOGON_TYPE,
	FACT_IN_PROC,
	FACT_CHANNEL_NAME,
	FACT_CHANNEL_TYPE,
	FACT_NEGOTIATED_SECURITY,
	FACT_REQUIRED_SECURITY,
	FACT_DEVICE_NAME,
	FACT_IMAGE_NAME,
	FACT_SVC_HOST_TAG,
	FACT_SILO_NAME,
	FACT_POLICY_NAME,
	/* our own, in no Windows layout */
	FACT_CARRIER,
	FACT_NTLM_VERSION_DETAIL, /* LM, NTLMv1, NTLMv1-ESS, NTLMv2, LMv2, MS-CHAPv2, null session */
	FACT_WARNINGS,	 /* why this is a Warning: keywords of audit/level.h joined by "," */
	FACT_EVIDENCE,	 /* a sentence: what shows the reason */
	FACT_MECHANISMS, /* what the client offered in SPNEGO, joined by "," */
	FACT_PARTIAL,	 /* which messages were not seen, joined by "," */
	FACT_CLIENT_PORT,
	FACT_TARGET_PORT,
	FACT_CLIENT_OS, /* Version of the AUTHENTICATE: "10.0.19041" */
	FACT_SOURCE,	/* capture file or interface */
	FACT_FRAME_NEGOTIATE,
	FACT_FRAME_CHALLENGE,
	FACT_FRAME_AUTHENTICATE,
	FACT_FRAME_ANSWER,
	FACT_PROCESS_PATH, /* the process at our end of the connection, beside its name and ID */
	FACT_PROCESS_USER,
	FACT_PROCESS_UID,
	FACT_PROCESS_UNIT,
	FACT_PROCESS_CONTAINER,
	FACT_PROCESS_KERNEL,
	FACT_PROCESS_HOW, /* connected, accepted, listener */
	FACT_TARGET_TYPE, /* the CHALLENGE's TargetName is that of a "domain", or of the "server" */
	FACT_GAP_REASON,  /* of the event that tells what was not seen: event/gap.h */
	FACT_GAP_BEGIN,
	FACT_GAP_END,
	FACT_GAP_PACKETS,
	FACT_LOGON_ID, /* IDENTITY_INFO.LogonId of [MS-NRPC] 2.2.1.4.15: of one logon at its server and its DCs */
	FACT_SECURE_CHANNEL_ACCOUNT, /* whose secure channel brought it to the DC: FS1$ */
	FACT_PASSWORD_TYPE,	     /* what was checked, in Samba's own word */
	FACT_SIGHTINGS, /* what the event is made of: "capture", "netlogon", "samba-log", joined by "," */
	FACT__COUNT
};

#define FACT_OWN_FIRST FACT_CARRIER

/* How a fact is stored and shown outside Windows' layouts. */
enum fact_type {
	FACT_TEXT,
	FACT_NUMBER, /* decimal */
	FACT_HEX,    /* JSON and people read 0x..., not padded */
	FACT_BOOL,
	FACT_LIST,     /* text whose items are joined by ","; JSON makes an array */
	FACT_NTSTATUS, /* a number; JSON and people read its symbolic name, or 0x... where unknown */
};

struct fact_row {
	const char *key; /* ours: JSON, search, SQL */
	enum fact_type type;
	const char *doc; /* one line */
};

extern const struct fact_row facts[FACT__COUNT];

enum win_type { WIN_STRING, WIN_U32, WIN_H32, WIN_H64, WIN_BOOL };

struct field {
	enum fact fact;
	const char *name; /* Windows' EventData name */
	enum win_type type;
	const char *group; /* the KB's group, "" for one without a heading; NULL: not in the text */
	const char *label; /* the KB's label */
};

struct provider {
	const char *name;   /* Microsoft-Windows-NTLM */
	const char *source; /* as Event Viewer shows it: NTLM */
	const char *guid;   /* with braces, upper case */
	const char *channel;
	bool audits; /* its events are of level 0 in System, and their keywords say how they ended */
	bool is_ours; /* not Windows': its events are about the audit itself, no authentication */
};

/* Whose event this is. */
enum event_role { ROLE_OTHER, ROLE_CLIENT, ROLE_SERVER, ROLE_DOMAIN, EVENT_ROLE__COUNT };

enum event_level { LEVEL_ERROR = 2, LEVEL_WARNING = 3, LEVEL_INFORMATION = 4 };

/* Windows' tasks of its NTLM log. */
enum { TASK_NONE, TASK_BLOCKING, TASK_AUDITING };

struct event_layout {
	uint16_t id;
	uint8_t version;
	uint8_t level; /* enum event_level */
	uint16_t task;
	enum event_role role;
	const struct provider *provider;
	const char *title; /* our short name: "outgoing NTLM authentication" */
	const char *
		first; /* the KB's first sentence; %DC stands for the DC's name; NULL: no text known */
	const char *last; /* the KB's last sentence */
	const struct field *fields;
	size_t n_fields;
	bool emitted; /* by us, in this version; else read only */
};

/* By id, then version. */
extern const struct event_layout event_layouts[];
extern const size_t n_event_layouts;

/* The layout of an event id in the newest version; NULL where unknown. */
const struct event_layout *event_layout_find(uint16_t id);

/* Is it about the audit itself? Such an event is in the log, but counts for no usage and belongs to no logon. */
static inline bool event_layout_is_ours(const struct event_layout *layout)
{
	return layout->provider->is_ours;
}

/* Is the fact a field of this layout? */
bool event_layout_has(const struct event_layout *layout, enum fact fact);

/* "Error", "Warning", "Information"; "Unknown" for any other. */
const char *event_level_name(uint8_t level);
/* "Blocking NTLM", "Auditing NTLM", "Logon", "Credential Validation"; "None" for any other. */
const char *event_task_name(uint16_t task);
/* "other", "client", "server", "domain". */
const char *event_role_name(enum event_role role);
/* The KB's sentence for a reason ID; that of 0 for one out of range. */
const char *event_reason_text(uint32_t reason_id);
#define REASON_ID__COUNT 12
/* The same in two words, "direct call"; that of 0 for one out of range. */
const char *event_reason_word(uint32_t reason_id);

struct status_row {
	uint32_t status;
	const char *name;
};

/* The NTSTATUS values that authentications end with, sorted. */
extern const struct status_row status_rows[];
extern const size_t n_status_rows;

/* Symbolic name of an NTSTATUS that authentications give ("STATUS_WRONG_PASSWORD"); NULL if unknown. */
const char *event_status_name(uint32_t status);

#define EVENT_CHANNEL "Microsoft-Windows-NTLM/Operational"

#endif
