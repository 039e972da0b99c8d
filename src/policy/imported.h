/*
 * What Group Policy says, kept between imports: a Registry.pol with nothing in it but our settings, and beside each
 * where it came from, under a key that no policy sets.
 */
#ifndef NTLMAUDIT_POLICY_IMPORTED_H
#define NTLMAUDIT_POLICY_IMPORTED_H

#include "policy/layer.h"

void imported_put(struct text *out, const struct layer *layer);
void imported_read(struct reading *r, struct span data);

#endif
