/*
 * Every setting once: how the configuration calls it, where Group Policy puts it in the registry, what it may be.
 * The readers of all files, `ntlmaudit policy`, the administrative template's test and the manual's walk this table.
 */
#ifndef NTLMAUDIT_POLICY_SETTING_H
#define NTLMAUDIT_POLICY_SETTING_H

#include "base/span.h"

enum setting {
	/* the two policies of the KB */
	SETTING_ENHANCED_LOGGING,
	SETTING_DOMAIN_LOGGING,
	/* our own: which events */
	SETTING_CLIENT_EVENTS,
	SETTING_SERVER_EVENTS,
	SETTING_DOMAIN_EVENTS,
	SETTING_CLIENT_SHARE,
	SETTING_SERVER_SHARE,
	SETTING_DOMAIN_SHARE,
	SETTING_CARRIERS,
	SETTING_SERVER_EXCEPTIONS,
	SETTING_ACCOUNT_EXCEPTIONS,
	SETTING_PROCESS_EXCEPTIONS,
	/* our own: from where, for how long, where to */
	SETTING_INTERFACES,
	SETTING_TAP,
	SETTING_RING_MIB,
	SETTING_PROCESS_ATTRIBUTION,
	SETTING_CLOUD_SUFFIXES,
	SETTING_KEYTAB,
	SETTING_SAMBA_PRIVATE,
	SETTING_SAMBA_LOG,
	SETTING_KEEP_DAYS,
	SETTING_KEEP_MIB,
	SETTING_FORWARD,
	SETTING_FORWARD_QUEUE_MIB,
	/* Windows' older ones, which ask for the legacy events */
	SETTING_AUDIT_INCOMING,
	SETTING_RESTRICT_OUTGOING,
	SETTING_RESTRICT_INCOMING,
	SETTING_AUDIT_IN_DOMAIN,
	SETTING_RESTRICT_IN_DOMAIN,
	SETTING_OUTGOING_EXCEPTIONS,
	SETTING_IN_DOMAIN_EXCEPTIONS,
	SETTING_LM_LEVEL,
	SETTING__COUNT
};

enum setting_type {
	SETTING_BOOL,	/* REG_DWORD 0 or 1 */
	SETTING_ENUM,	/* REG_DWORD, one of the words' numbers */
	SETTING_NUMBER, /* REG_DWORD, min to max */
	SETTING_LIST,	/* REG_MULTI_SZ; in the configuration separated by commas */
	SETTING_EXCEPTIONS, /* REG_MULTI_SZ of exceptions (policy/exception.h); one a line in the configuration */
	SETTING_TYPE__COUNT
};

/* Types of registry values, as MS-GPREG 2.2.1 counts them. */
enum registry_type {
	REGISTRY_SZ = 1,
	REGISTRY_EXPAND_SZ = 2,
	REGISTRY_BINARY = 3,
	REGISTRY_DWORD = 4,
	REGISTRY_DWORD_BE = 5,
	REGISTRY_MULTI_SZ = 7,
	REGISTRY_QWORD = 11,
};

struct setting_word {
	const char *word; /* NULL ends a table */
	uint32_t number;
};

/* What audit levels a role may have; the numbers of SETTING_*_EVENTS. */
enum policy_level { POLICY_LEVEL_NONE, POLICY_LEVEL_WARNINGS, POLICY_LEVEL_ALL };

/* How the process behind a connection is found; the numbers of SETTING_PROCESS_ATTRIBUTION. */
enum policy_attribution { POLICY_ATTRIBUTION_OFF, POLICY_ATTRIBUTION_PROC, POLICY_ATTRIBUTION_BPF };

struct setting_row {
	const char *key; /* in the configuration */
	enum setting_type type;
	const char *registry_key;  /* below HKEY_LOCAL_MACHINE */
	const char *registry_name; /* of the value */
	const struct setting_word *words;
	uint32_t min, max;
	uint32_t number;  /* the default; not of lists */
	const char *item; /* a list's default is this one item, or NULL: none */
	/* What is wrong with a list's item, or NULL; may itself be NULL. */
	const char *(*check_item)(struct span item);
	const char *doc; /* one line */
};

extern const struct setting_row settings[SETTING__COUNT];

/* "bool", "enum", ... */
const char *setting_type_name(enum setting_type type);

static inline bool setting_is_list(enum setting s)
{
	return settings[s].type == SETTING_LIST || settings[s].type == SETTING_EXCEPTIONS;
}

static inline enum registry_type setting_registry_type(enum setting s)
{
	return setting_is_list(s) ? REGISTRY_MULTI_SZ : REGISTRY_DWORD;
}

/* May a setting that is no list have this number? */
bool setting_allows(enum setting s, uint32_t number);
/* The number of a word ("warnings", "off") or of decimal digits. False: not allowed for this setting. */
bool setting_number(enum setting s, struct span word, uint32_t *ret_number);
/* The word for a number; NULL for a setting that has none. */
const char *setting_word(enum setting s, uint32_t number);

/* Which setting is it? SETTING__COUNT for none of ours. Names of the registry have no case. */
enum setting setting_by_key(struct span key);
enum setting setting_by_registry(struct span key, struct span name);

#endif
