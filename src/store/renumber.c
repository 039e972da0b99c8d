#include "store/renumber.h"

void renumber_note(struct renumber *r, uint64_t run, uint64_t stored)
{
	if (!run)
		return;
	r->pairs[run & (RENUMBER_KEPT - 1)].run = run;
	r->pairs[run & (RENUMBER_KEPT - 1)].stored = stored;
}

void renumber_finding(const struct renumber *r, const struct finding *f,
		      struct finding *ret_finding)
{
	struct finding kept = *f;

	kept.n_records = 0;
	for (size_t i = 0; i < finding_n_records(f); i++) {
		uint64_t run = f->records[i], at = run & (RENUMBER_KEPT - 1);

		if (r->pairs[at].run == run && r->pairs[at].stored)
			kept.records[kept.n_records++] = r->pairs[at].stored;
	}
	*ret_finding = kept;
}
