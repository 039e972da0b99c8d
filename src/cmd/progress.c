#include "cmd/progress.h"

#include "base/clock.h"

#include <stdio.h>

#define FIRST_AFTER INT64_C(500000000) /* short work shows none */
#define STEP INT64_C(100000000)
#define BAR_WIDTH 30

void progress_init(struct progress *p, bool on)
{
	*p = (struct progress){.on = on, .next = clock_monotonic() + FIRST_AFTER};
}

void progress_show(struct progress *p, uint64_t done, uint64_t total)
{
	char bar[BAR_WIDTH + 1];
	int64_t now;
	double part;

	if (!p->on || (now = clock_monotonic()) < p->next)
		return;
	p->next = now + STEP;
	p->shown = true;
	if (total == 0) {
		fprintf(stderr, "\r\033[K%.1f MB read", (double)done / 1e6);
		return;
	}
	part = done < total ? (double)done / (double)total : 1;
	for (int i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < (int)(part * BAR_WIDTH) ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r\033[K[%s] %3d%% of %.1f MB", bar, (int)(part * 100),
		(double)total / 1e6);
}

void progress_clear(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
