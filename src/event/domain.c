#include "event/domain.h"

#include <string.h>
#include <strings.h>

bool domain_is_same(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	if (n > m)
		return domain_is_same(b, a);
	return strncasecmp(a, b, n) == 0 && (b[n] == '\0' || (b[n] == '.' && !strchr(a, '.')));
}

static const char *text_of(const struct event *e, enum fact f)
{
	const char *s = event_text(e, f);

	return s && *s ? s : NULL;
}

const char *domain_of_account(const struct event *e)
{
	const char *domain = text_of(e, FACT_DOMAIN), *user = text_of(e, FACT_USER);
	const char *at = !domain && user ? strrchr(user, '@') : NULL;

	return at && at[1] ? at + 1 : domain;
}

const char *domain_of_server(const struct event *e)
{
	const char *domain = text_of(e, FACT_SERVER_DOMAIN);

	return domain ? domain : text_of(e, FACT_TARGET_DOMAIN);
}

bool domain_is_foreign(const struct event *e)
{
	static const enum fact own[] = {FACT_SERVER_DOMAIN, FACT_TARGET_DOMAIN};
	const char *account = domain_of_account(e);

	for (size_t i = 0; account && i < sizeof(own) / sizeof(own[0]); i++)
		if (text_of(e, own[i]) && domain_is_same(account, text_of(e, own[i])))
			return false;
	return account && domain_of_server(e);
}
