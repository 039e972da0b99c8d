/* Words that options take, and the choice between auto, always and never. */
#ifndef NTLMAUDIT_CMD_CHOICE_H
#define NTLMAUDIT_CMD_CHOICE_H

#include <stdbool.h>

struct choice_word {
	const char *word; /* NULL ends a table */
	int value;
};

bool choice_find(const struct choice_word *words, const char *word, int *ret_value);

enum choice { CHOICE_AUTO, CHOICE_ALWAYS, CHOICE_NEVER };

/* Takes auto, always or never; else says what it should be, as option rows do. */
const char *choice_set(enum choice *choice, const char *value);
bool choice_decide(enum choice choice, bool automatic);
/* Colours on standard output: auto means on a terminal and without $NO_COLOR. */
bool choice_colour(enum choice choice);

#endif
