#include "samba/line-kind.h"

/* What the words of the two descriptions are compared by. */
enum match { ANY, EXACT, HEAD, ABSENT };

/*
 * The first row that fits counts. Who writes what: source4/rpc_server/netlogon (SamLogon, NETLOGON), source3/winbindd (winbind),
 * source4/kdc (Kerberos KDC), source4/ldap_server (LDAP), dsdb and source4/rpc_server/samr (changes of passwords), source3/smbd (SMB,
 * SMB2; of an exchange inside SPNEGO without a description), auth/ntlmssp (NTLMSSP, whatever the service).
 */
static const struct kind_row {
	const char *service;
	enum match match;
	const char *description;
	enum samba_line_kind kind;
} samba_kind_rows[] = {
	{"SamLogon", EXACT, "network", SAMBA_LINE_SAMLOGON_NETWORK},
	{"SamLogon", EXACT, "interactive", SAMBA_LINE_SAMLOGON_INTERACTIVE},
	{"SamLogon", ANY, NULL, SAMBA_LINE_OTHER},
	{"NETLOGON", HEAD, "ServerAuthenticate", SAMBA_LINE_SERVER_AUTHENTICATE},
	{"NETLOGON", ANY, NULL, SAMBA_LINE_OTHER},
	{"winbind", HEAD, "NTLM_AUTH, ", SAMBA_LINE_WINBIND_NTLM},
	{"winbind", HEAD, "PASSDB, ", SAMBA_LINE_WINBIND_PASSDB},
	{"winbind", HEAD, "PAM_AUTH, ", SAMBA_LINE_WINBIND_PAM},
	{"winbind", ANY, NULL, SAMBA_LINE_OTHER},
	{"Kerberos KDC", ANY, NULL, SAMBA_LINE_KERBEROS},
	{"SAMR Password Change", ANY, NULL, SAMBA_LINE_PASSWORD_CHANGE},
	{"LDAP Password Change", ANY, NULL, SAMBA_LINE_PASSWORD_CHANGE},
	{NULL, HEAD, "simple bind", SAMBA_LINE_SIMPLE_BIND},
	{NULL, EXACT, "plaintext", SAMBA_LINE_PLAINTEXT},
	{NULL, EXACT, "NTLMSSP", SAMBA_LINE_NTLM_SERVER},
	{NULL, EXACT, "bare-NTLM", SAMBA_LINE_NTLM_SERVER},
	{NULL, ABSENT, NULL, SAMBA_LINE_NTLM_SERVER},
	{NULL, ANY, NULL, SAMBA_LINE_OTHER}, /* "guest", and what is new */
};

static const struct {
	const char *name;
	enum samba_type type;
} types[] = {
	{"Authentication", SAMBA_AUTHENTICATION},
	{"Authorization", SAMBA_AUTHORIZATION},
	{"KDC Authorization", SAMBA_KDC_AUTHORIZATION},
	{"dsdbChange", SAMBA_DATABASE},
	{"dsdbTransaction", SAMBA_DATABASE},
	{"passwordChange", SAMBA_DATABASE},
	{"groupChange", SAMBA_DATABASE},
	{"replicatedUpdate", SAMBA_DATABASE},
};

static const struct {
	const char *name;
	enum samba_password password;
} passwords[] = {
	{"NTLMv2", SAMBA_PASSWORD_NTLMV2},
	{"NTLMv1", SAMBA_PASSWORD_NTLMV1},
	{"LANMan", SAMBA_PASSWORD_LANMAN},
	{"MSCHAPv2", SAMBA_PASSWORD_MSCHAPV2},
	{"No-Password", SAMBA_PASSWORD_EMPTY},
	{"Supplied-NT-Hash", SAMBA_PASSWORD_NT_HASH},
	{"Plaintext", SAMBA_PASSWORD_PLAINTEXT},
	{"plaintext", SAMBA_PASSWORD_PLAINTEXT}, /* LDAP Password Change */
	{"HMAC-SHA256", SAMBA_PASSWORD_CHANNEL},
	{"HMAC-MD5", SAMBA_PASSWORD_CHANNEL},
	{"DES", SAMBA_PASSWORD_CHANNEL},
};

static const char *const type_names[SAMBA_TYPE__COUNT] = {"Authentication", "Authorization",
							  "KDC Authorization", "database", "other"};

static const char *const kind_names[SAMBA_LINE_KIND__COUNT] = {
	"other",
	"SamLogon, network",
	"SamLogon, interactive",
	"ServerAuthenticate",
	"NTLM server",
	"winbind, NTLM",
	"winbind, passdb",
	"winbind, PAM",
	"Kerberos",
	"simple bind",
	"plaintext",
	"password change",
	"authorization",
};

static const char *const password_names[SAMBA_PASSWORD__COUNT] = {
	"none",	 "NTLMv2",  "NTLMv1",	 "LANMan",  "MSCHAPv2",
	"empty", "NT hash", "plaintext", "channel", "other"};

static bool is_text(struct span s, const char *text)
{
	size_t n = strlen(text);

	return s.len == n && memcmp(s.ptr, text, n) == 0;
}

enum samba_type samba_type_of(struct span type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (is_text(type, types[i].name))
			return types[i].type;
	return SAMBA_TYPE_OTHER;
}

enum samba_password samba_password_of(struct span password_type)
{
	if (!password_type.ptr)
		return SAMBA_PASSWORD_NONE;
	for (size_t i = 0; i < sizeof(passwords) / sizeof(passwords[0]); i++)
		if (is_text(password_type, passwords[i].name))
			return passwords[i].password;
	return SAMBA_PASSWORD_OTHER;
}

static bool fits(const struct kind_row *row, const struct samba_line *line)
{
	if (row->service && !is_text(line->service, row->service))
		return false;
	switch (row->match) {
	case EXACT:
		return is_text(line->description, row->description);
	case HEAD:
		return span_starts(line->description, row->description, strlen(row->description));
	case ABSENT:
		return !line->description.ptr;
	case ANY:
	default:
		return true;
	}
}

static enum samba_line_kind kind_of(const struct samba_line *line)
{
	const struct kind_row *row = samba_kind_rows;

	while (!fits(row, line))
		row++;
	if (row->kind == SAMBA_LINE_NTLM_SERVER && line->password == SAMBA_PASSWORD_PLAINTEXT)
		return SAMBA_LINE_PLAINTEXT;
	return row->kind;
}

/* "NTLM_AUTH, smbd, 123", "PAM_AUTH, PAM_WINBIND[sshd], 99": a process may have a comma in its name. */
static void find_process(struct samba_line *line)
{
	struct span s = line->description;
	const uint8_t *first = memchr(s.ptr, ' ', s.len), *last = memrchr(s.ptr, ' ', s.len);
	uint32_t id = 0;

	if (last - first < 2 || last[-1] != ',' || s.ptr + s.len - last > 11)
		return;
	for (const uint8_t *at = last + 1; at < s.ptr + s.len; at++) {
		if (*at < '0' || *at > '9' || id > (UINT32_MAX - 9) / 10)
			return;
		id = id * 10 + *at - '0';
	}
	line->process = span_make(first + 1, (size_t)(last - first) - 2);
	line->process_id = id;
}

void samba_line_classify(struct samba_line *line)
{
	line->kind = SAMBA_LINE_OTHER;
	if (line->major != 1)
		return;
	if (line->type == SAMBA_AUTHORIZATION)
		line->kind = SAMBA_LINE_AUTHORIZATION;
	if (line->type != SAMBA_AUTHENTICATION)
		return;
	line->kind = kind_of(line);
	if (line->kind == SAMBA_LINE_WINBIND_NTLM || line->kind == SAMBA_LINE_WINBIND_PASSDB ||
	    line->kind == SAMBA_LINE_WINBIND_PAM)
		find_process(line);
}

const char *samba_type_name(enum samba_type type)
{
	return type < SAMBA_TYPE__COUNT ? type_names[type] : "other";
}

const char *samba_kind_name(enum samba_line_kind kind)
{
	return kind < SAMBA_LINE_KIND__COUNT ? kind_names[kind] : "other";
}

const char *samba_password_name(enum samba_password password)
{
	return password < SAMBA_PASSWORD__COUNT ? password_names[password] : "other";
}

bool samba_line_is_ntlm(const struct samba_line *line)
{
	bool is_response = line->password == SAMBA_PASSWORD_NTLMV2 ||
			   line->password == SAMBA_PASSWORD_NTLMV1 ||
			   line->password == SAMBA_PASSWORD_LANMAN ||
			   line->password == SAMBA_PASSWORD_MSCHAPV2 ||
			   line->password == SAMBA_PASSWORD_EMPTY;

	return is_response &&
	       (line->kind == SAMBA_LINE_NTLM_SERVER || line->kind == SAMBA_LINE_SAMLOGON_NETWORK ||
		line->kind == SAMBA_LINE_WINBIND_NTLM || line->kind == SAMBA_LINE_WINBIND_PASSDB);
}
