#include "audit/level.h"

bool exchange_mic_protected(const struct exchange *x)
{
	return (x->av_flags & AV_FLAG_MIC) && x->mic == NTLM_MIC_PRESENT;
}

static bool is_ntlmv1(const struct exchange *x)
{
	const char *version = response_kind_windows(x->response);

	return version && strcmp(version, "NTLMv1") == 0;
}

static bool has_no_mic(const struct exchange *x)
{
	return !exchange_mic_protected(x);
}

static bool has_no_channel_binding(const struct exchange *x)
{
	return !x->has_channel_binding;
}

static bool is_null_session(const struct exchange *x)
{
	return x->response == RESPONSE_NULL_SESSION;
}

static bool has_no_session_key(const struct exchange *x)
{
	return !x->has_session_key;
}

static bool has_untrusted_spn(const struct exchange *x)
{
	return (x->av_flags & AV_FLAG_UNTRUSTED_SPN) != 0;
}

static const struct {
	const char *keyword;
	bool (*holds)(const struct exchange *x);
} warnings[] = {
	{WARNING_NTLMV1, is_ntlmv1},
	{WARNING_NULL_SESSION, is_null_session},
	{"no-mic", has_no_mic},
	{"no-channel-binding", has_no_channel_binding},
	{"no-session-key", has_no_session_key},
	{"untrusted-spn", has_untrusted_spn},
};

bool level_warnings(struct text *out, const struct exchange *x)
{
	bool any = false;

	for (size_t i = 0; i < sizeof(warnings) / sizeof(warnings[0]); i++) {
		if (!warnings[i].holds(x))
			continue;
		any = true;
		if (out->len)
			text_putc(out, ',');
		text_puts(out, warnings[i].keyword);
	}
	return any;
}
