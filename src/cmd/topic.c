#include "cmd/topic.h"

#include "base/span.h"
#include "cmd/topic-print.h"
#include "event/explain.h"
#include "event/finding.h"
#include "why/why.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool topic_fold(const char *s, char folded[TOPIC_NAME_MAX])
{
	size_t n = 0;

	for (; *s; s++) {
		bool upper = *s >= 'A' && *s <= 'Z';

		if (!upper && !(*s >= 'a' && *s <= 'z') && !(*s >= '0' && *s <= '9'))
			continue;
		if (n == TOPIC_NAME_MAX - 1)
			return false;
		folded[n++] = (char)(upper ? *s - 'A' + 'a' : *s);
	}
	folded[n] = '\0';
	return n > 0;
}

/* 0x1f; 31; c000006d, as tools print an NTSTATUS; -1073741715, as others do. */
static bool parse_number(const char *s, struct topic_word *word)
{
	bool minus = *s == '-', prefixed = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	const char *digits = s + (minus ? 1 : prefixed ? 2 : 0);
	bool hex = prefixed || (strlen(s) == 8 && strpbrk(s, "abcdefABCDEF"));
	unsigned long long number;
	char *end;

	if (!*digits ||
	    strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits))
		return false;
	errno = 0;
	number = strtoull(digits, &end, hex ? 16 : 10);
	if (errno || number > (minus ? UINT64_C(0x80000000) : UINT32_MAX))
		return false;
	word->is_hex = hex;
	word->number = minus ? 0u - (uint32_t)number : (uint32_t)number;
	return true;
}

void topic_word_init(struct topic_word *word, const char *s)
{
	*word = (struct topic_word){0};
	if (!topic_fold(s, word->folded))
		word->folded[0] = '\0';
	word->is_number = parse_number(s, word);
}

bool topic_is(const struct topic_word *word, const char *name)
{
	char folded[TOPIC_NAME_MAX];

	return word->folded[0] && topic_fold(name, folded) && strcmp(word->folded, folded) == 0;
}

static bool event_find(const struct topic_word *word, bool asked, uint32_t *ret_value)
{
	/* a small number by itself is a reason: our own event 1 has to be asked for as event 1 */
	if (!asked && word->number < REASON_ID__COUNT)
		return false;
	if (!word->is_number || word->is_hex || word->number > UINT16_MAX ||
	    !event_layout_find((uint16_t)word->number))
		return false;
	*ret_value = word->number;
	return true;
}

static const char *reason_name(size_t i)
{
	return i < REASON_ID__COUNT ? event_reason_word((uint32_t)i) : NULL;
}

/* The place of the word among a kind's names. */
static bool find_name(const struct topic_word *word, const char *(*name_at)(size_t i),
		      uint32_t *ret_value)
{
	const char *name;

	for (size_t i = 0; (name = name_at(i)); i++) {
		if (!topic_is(word, name))
			continue;
		*ret_value = (uint32_t)i;
		return true;
	}
	return false;
}

static bool reason_find(const struct topic_word *word, bool asked, uint32_t *ret_value)
{
	if (word->is_number && word->number < REASON_ID__COUNT && (asked || !word->is_hex)) {
		*ret_value = word->number;
		return true;
	}
	return find_name(word, reason_name, ret_value);
}

static const char *status_name(size_t i)
{
	return i < n_status_rows ? status_rows[i].name : NULL;
}

/* Severity error, no customer bit, one of the low facilities. */
static bool looks_like_status(uint32_t number)
{
	return event_status_name(number) || (number & 0xfff00000u) == 0xc0000000u;
}

static bool status_find(const struct topic_word *word, bool asked, uint32_t *ret_value)
{
	static const size_t prefix = sizeof("STATUS_") - 1;
	struct topic_word samba = {0};

	if (word->is_number && (asked || looks_like_status(word->number))) {
		*ret_value = word->number;
		return true;
	}
	if (strncmp(word->folded, "ntstatus", strlen("ntstatus")) == 0) { /* Samba's spelling */
		memcpy(samba.folded, word->folded + 2, sizeof(samba.folded) - 2);
		word = &samba;
	}
	for (size_t i = 0; i < n_status_rows; i++) {
		if (!topic_is(word, status_rows[i].name) &&
		    !topic_is(word, status_rows[i].name + prefix))
			continue;
		*ret_value = status_rows[i].status;
		return true;
	}
	return false;
}

static bool av_flags_find(const struct topic_word *word, bool asked, uint32_t *ret_value)
{
	if (!word->is_number || (!asked && (!word->is_hex || word->number > 7)))
		return false;
	*ret_value = word->number;
	return true;
}

static bool flags_find(const struct topic_word *word, bool asked, uint32_t *ret_value)
{
	bool likely =
		(word->is_hex || word->number > UINT16_MAX) && !looks_like_status(word->number);

	if (!word->is_number || (!asked && !likely))
		return false;
	*ret_value = word->number;
	return true;
}

static const char *flag_name(size_t i)
{
	return i < n_explained_flags ? explained_flags[i].name : NULL;
}

/* Its whole name, or what follows the prefix: SIGN. */
static bool flag_find(const struct topic_word *word, bool asked, uint32_t *ret_value)
{
	static const char prefix[] = "NTLMSSP_NEGOTIATE_";

	(void)asked;
	for (size_t i = 0; i < n_explained_flags; i++) {
		const char *name = explained_flags[i].name;
		bool prefixed = strncmp(name, prefix, sizeof(prefix) - 1) == 0;

		if (!topic_is(word, name) &&
		    !(prefixed && topic_is(word, name + sizeof(prefix) - 1)))
			continue;
		*ret_value = (uint32_t)i;
		return true;
	}
	return false;
}

static const char *fact_name(size_t i)
{
	return i < FACT__COUNT ? facts[i].key : NULL;
}

/* The field that Windows, or the KB where `labels`, calls so, in any event. */
static bool find_windows(const struct topic_word *word, bool labels, uint32_t *ret_value)
{
	for (size_t i = 0; i < n_event_layouts; i++) {
		for (size_t k = 0; k < event_layouts[i].n_fields; k++) {
			const struct field *f = &event_layouts[i].fields[k];
			const char *name = labels ? f->label : f->name;

			if (!name || !topic_is(word, name))
				continue;
			*ret_value = (uint32_t)f->fact;
			return true;
		}
	}
	return false;
}

static bool field_find(const struct topic_word *word, bool asked, uint32_t *ret_value)
{
	(void)asked;
	if (find_name(word, fact_name, ret_value) || find_windows(word, false, ret_value))
		return true;
	/* Words that people know it by. */
	if (!topic_is(word, "MsvAvFlags"))
		return false;
	*ret_value = FACT_AV_FLAGS;
	return true;
}

static bool label_find(const struct topic_word *word, bool asked, uint32_t *ret_value)
{
	uint32_t field;

	(void)asked;
	if (!find_windows(word, true, ret_value))
		return false;
	return asked || !field_find(word, false, &field) || field != *ret_value;
}

static const char *warning_name(size_t i)
{
	return i < n_explained_warnings ? explained_warnings[i].word : NULL;
}

static bool warning_find(const struct topic_word *word, bool asked, uint32_t *ret_value)
{
	(void)asked;
	return find_name(word, warning_name, ret_value);
}

static const char *finding_name(size_t i)
{
	return i < FINDING__COUNT ? finding_kinds[i].key : NULL;
}

static bool finding_find(const struct topic_word *word, bool asked, uint32_t *ret_value)
{
	(void)asked;
	return find_name(word, finding_name, ret_value);
}

static const char *version_name(size_t i)
{
	return i < n_explained_versions ? explained_versions[i].word : NULL;
}

static bool version_find(const struct topic_word *word, bool asked, uint32_t *ret_value)
{
	(void)asked;
	return find_name(word, version_name, ret_value);
}

static const char *kerberos_name(size_t i)
{
	return i < n_explained_kerberos ? why_krb_error_name(explained_kerberos[i].code) : NULL;
}

static bool kerberos_find(const struct topic_word *word, bool asked, uint32_t *ret_value)
{
	uint32_t place;

	if (word->is_number && !word->is_hex && (asked || why_krb_error_name(word->number))) {
		*ret_value = word->number;
		return true;
	}
	if (!find_name(word, kerberos_name, &place))
		return false;
	*ret_value = explained_kerberos[place].code;
	return true;
}

const struct topic_kind topic_kinds[] = {
	{"event", NULL, "an event's ID: 4021", event_find, title_event, print_event, NULL},
	{"reason", NULL, "a reason ID or its words: 7, 'IP address'", reason_find, title_reason,
	 print_reason, reason_name},
	{"status", "ntstatus", "an NTSTATUS: 0xc000006d, 3221225581, STATUS_WRONG_PASSWORD",
	 status_find, title_status, print_status, status_name},
	{"warning", NULL, "a keyword of a Warning: no-mic", warning_find, title_warning,
	 print_warning, warning_name},
	{"finding", NULL, "a finding: relay", finding_find, title_finding, print_finding,
	 finding_name},
	{"version", NULL, "an NTLM version: NTLMv1-ESS", version_find, title_version, print_version,
	 version_name},
	{"field", NULL, "a field, by Windows' name or ours: 'Mic Status', channel_binding",
	 field_find, title_field, print_field, fact_name},
	{"label", NULL, "a field, by the label of the event's text: 'Target Resource'", label_find,
	 title_field, print_field, NULL},
	{"avflags", "av", "AvFlags, bit by bit: avflags 0x2", av_flags_find, title_av_flags,
	 print_av_flags, NULL},
	{"flags", "negotiateflags", "NegotiateFlags, bit by bit: 0xe2888215 (flag lists the names)",
	 flags_find, title_flags, print_flags, NULL},
	{"flag", NULL, "one of them by its name: NTLMSSP_NEGOTIATE_SIGN, SIGN", flag_find,
	 title_flag, print_flag, flag_name},
	{"krb", "kerberos", "a Kerberos error: krb 7, KDC_ERR_S_PRINCIPAL_UNKNOWN", kerberos_find,
	 title_kerberos, print_kerberos, kerberos_name},
	{0},
};
