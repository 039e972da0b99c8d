#include "audit/spn.h"

#include <string.h>

bool spn_host(const char *spn, char *ret_host, size_t size)
{
	const char *slash = strchr(spn, '/');
	const char *start = slash ? slash + 1 : spn;
	size_t len = strcspn(start, "/");
	const char *colon = memchr(start, ':', len);

	if (*start == '[' && memchr(start, ']', len)) /* [IPv6]:port */
		len = strcspn(start, "]") + 1;
	else if (colon && !memchr(colon + 1, ':', len - (size_t)(colon + 1 - start)))
		len = (size_t)(colon - start); /* one colon: host:port; more: IPv6 */
	if (len >= size)
		return false;
	memcpy(ret_host, start, len);
	ret_host[len] = '\0';
	return true;
}
