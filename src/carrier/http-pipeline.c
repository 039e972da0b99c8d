/*
 * Which request a response answers. Invariant: where requests or responses may be missing or have changed places
 * in the capture, no match is made: an unknown status is right, a neighbour's is wrong.
 */
#include "carrier/http.h"

void http_pipeline_clear(struct http_pipeline *p)
{
	struct http_pipeline cleared = {.skewed = p->skewed, .orphans = p->orphans};

	for (unsigned i = 0; i < p->n; i++)
		cleared.orphans |= p->slot[(p->first + i) % HTTP_PENDING_MAX].authenticates;
	*p = cleared;
}

void http_pipeline_push(struct http_pipeline *p, struct tally *tally, struct http_pending request)
{
	/*
	 * A response without request, and now two requests without response: the first of them is the one
	 * whose response came early.
	 */
	if (p->early && p->n)
		http_pipeline_clear(p);
	p->orphans &= (uint8_t)~request.tokens; /* the client begins anew */
	if (p->beyond || p->n == HTTP_PENDING_MAX) {
		p->beyond += p->beyond < UINT32_MAX;
		tally_one(tally, TALLY_CARRIER_LIMIT);
		return;
	}
	p->slot[(p->first + p->n++) % HTTP_PENDING_MAX] = request;
}

bool http_pipeline_pop(struct http_pipeline *p, struct http_pending *ret_request)
{
	if (p->n) {
		*ret_request = p->slot[p->first];
		p->first = (uint8_t)((p->first + 1) % HTTP_PENDING_MAX);
		p->n--;
		p->early = false;
		return true;
	}
	if (p->beyond)
		p->beyond--;
	else
		p->early = true;
	return false;
}

uint8_t http_pipeline_tokens(const struct http_pipeline *p)
{
	uint8_t tokens = 0;

	for (unsigned i = 0; i < p->n; i++)
		tokens |= p->slot[(p->first + i) % HTTP_PENDING_MAX].tokens;
	return tokens;
}

unsigned http_pipeline_accepted(struct http_pipeline *p, const struct http_pending *request,
				unsigned status, uint8_t challenges)
{
	bool refusal = status == 401 || status == 407;
	unsigned keys = p->orphans;

	/* a CHALLENGE belongs to the step before: it was held up behind a hole */
	if (p->skewed || request->tokens || challenges || (status >= 400 && !refusal))
		return 0;
	p->orphans = 0;
	return refusal ? 0 : keys;
}

void http_pipeline_challenged(struct http_pipeline *p, const struct http_pending *matched,
			      uint8_t challenges)
{
	/* a CHALLENGE answers nothing but a token of its own kind */
	if (matched && (challenges & ~matched->tokens))
		p->skewed = true;
	if (!matched)
		p->early_challenges = challenges;
}
