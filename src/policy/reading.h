/*
 * The files that settings stand in, each read into a layer of its own. All three are read to their end where that can
 * be: whoever mends a file wants to know of every error, each with its line or offset.
 */
#ifndef NTLMAUDIT_POLICY_READING_H
#define NTLMAUDIT_POLICY_READING_H

#include "policy/layer.h"

/* A file that is larger is refused. */
#define POLICY_FILE_MAX ((size_t)8 << 20)

enum policy_format { POLICY_CONF, POLICY_POL, POLICY_INF, POLICY_FORMAT__COUNT };

/* "configuration", "Registry.pol", "GptTmpl.inf". */
const char *policy_format_name(enum policy_format format);
/* What is it? By its content: a configuration where it is neither of the others. */
enum policy_format policy_format_of(struct span data);
/* Reads data as what it is; problems and settings go to r. */
void policy_read(struct reading *r, enum policy_format format, struct span data);

/*
 * Our configuration, UTF-8: `setting = value`, `list = item, item`, `list += item`, and comment lines that begin
 * with `#` or `;`.
 */
void policy_read_conf(struct reading *r, struct span data);

/* Registry.pol, MS-GPREG 2.2.1: what Administrative Templates set. Other keys than ours are passed over. */
void policy_read_pol(struct reading *r, struct span data);

/*
 * GptTmpl.inf, MS-GPSB 2.2: what the security options set, in its section [Registry Values]. UTF-16LE with a byte
 * order mark as Windows writes it, or UTF-8 as samba-tool does.
 */
void policy_read_inf(struct reading *r, struct span data);

#endif
