/*
 * What smb.conf(5) says, read without Samba's own programs: sections, continued lines, include files, names without
 * case and blanks. What its macros (%m) and its registry would say is not known, and told so.
 */
#ifndef NTLMAUDIT_SAMBA_SMB_CONF_H
#define NTLMAUDIT_SAMBA_SMB_CONF_H

#include "base/text.h"

#define SMB_CONF "/etc/samba/smb.conf"
#define SMB_AUDIT_CLASS "auth_json_audit"
#define SMB_VALUE_MAX 1024

/* Values of [global], "" where they are not set. The last one counts, as with Samba. */
struct smb_conf {
	bool is_there;
	int error;	 /* it is there but can't be read: a negative errno */
	bool is_partial; /* something of it lies where we can't look: registry, macros */
	char log_level[SMB_VALUE_MAX], server_role[SMB_VALUE_MAX], domain_logons[SMB_VALUE_MAX];
	char log_file[SMB_VALUE_MAX]; /* for everything; "" is the built-in default */
	char netbios_name[SMB_VALUE_MAX], workgroup[SMB_VALUE_MAX], realm[SMB_VALUE_MAX];
	char security[SMB_VALUE_MAX], private_dir[SMB_VALUE_MAX];
};

/* Where its files come from: reads at most `max` bytes into a text, which it initialises. 0 or a negative errno. */
struct smb_conf_files {
	int (*read)(const void *data, const char *path, size_t max, struct text *ret_text);
	const void *data;
};

/* The system's files as they are. */
extern const struct smb_conf_files smb_conf_system;

/* `path`: SMB_CONF, or another. */
void smb_conf_read(const struct smb_conf_files *files, const char *path, struct smb_conf *ret_conf);

bool smb_conf_is_dc(const struct smb_conf *conf);
bool smb_conf_is_member(const struct smb_conf *conf);

/* What `log level` says of authentications. */
struct smb_audit {
	bool is_set; /* the class stands there; else the general level holds for it */
	unsigned
		level; /* 2: failures, 3: and successes, 4: and authorizations, 5: and anonymous ones */
	char file[SMB_VALUE_MAX];   /* of its own; "": among all other lines */
	char others[SMB_VALUE_MAX]; /* the value without this class */
};

void smb_audit_of(const char *log_level, struct smb_audit *ret_audit);

#endif
