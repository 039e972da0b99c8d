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
