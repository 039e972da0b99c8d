#include "daemon/part.h"

#include "daemon/sandbox.h"

#include <linux/capability.h>

#define BIT(member) (1u << (member))

/* Other users, which only root can give, and ending whoever hangs. */
#define OVER_OTHERS (CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_KILL))
/* And other rings, and /proc for the host. */
#define OVER_HOST                                                                                  \
	(OVER_OTHERS | CAP_BIT(CAP_NET_RAW) | CAP_BIT(CAP_SYS_PTRACE) |                            \
	 CAP_BIT(CAP_DAC_READ_SEARCH))

#define ALL (BIT(MEMBER_HOST) | BIT(MEMBER_DECODER) | BIT(MEMBER_KEEPER) | BIT(MEMBER_FORWARDER))

const struct part part_whole = {NULL, MEMBER_OPENER, ALL, ALL | BIT(MEMBER_OPENER), OVER_HOST};

const struct part parts[PARTS] = {
	{"capture", MEMBER_OPENER, BIT(MEMBER_HOST), ~0u, OVER_HOST},
	{"decode", MEMBER_DECODE_OPENER, BIT(MEMBER_DECODER), 0, OVER_OTHERS},
	{"keep", MEMBER_KEEP_OPENER, BIT(MEMBER_KEEPER), 0, OVER_OTHERS},
	{"forward", MEMBER_FORWARD_OPENER, BIT(MEMBER_FORWARDER), 0, OVER_OTHERS},
};

const struct part *part_find(const char *name)
{
	for (size_t i = 0; i < PARTS; i++)
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i];
	return NULL;
}
