/* What every engine of the channel log begins with. Only the engines and store.c include this. */
#ifndef NTLMAUDIT_STORE_ENGINE_H
#define NTLMAUDIT_STORE_ENGINE_H

#include "store/store.h"

struct store {
	const struct store_ops *ops;
	void *state; /* the engine's own */
};

extern const struct store_ops store_sqlite;

#endif
