#include "cmd/choice.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool choice_find(const struct choice_word *words, const char *word, int *ret_value)
{
	for (; words->word; words++) {
		if (strcmp(words->word, word) != 0)
			continue;
		*ret_value = words->value;
		return true;
	}
	return false;
}

const char *choice_set(enum choice *choice, const char *value)
{
	static const struct choice_word words[] = {{"auto", CHOICE_AUTO},
						   {"always", CHOICE_ALWAYS},
						   {"never", CHOICE_NEVER},
						   {NULL, 0}};
	int found;

	if (!choice_find(words, value, &found))
		return "should be auto, always or never";
	*choice = (enum choice)found;
	return NULL;
}

bool choice_decide(enum choice choice, bool automatic)
{
	return choice == CHOICE_ALWAYS || (choice == CHOICE_AUTO && automatic);
}

bool choice_colour(enum choice choice)
{
	const char *no_color = getenv("NO_COLOR");

	return choice_decide(choice, isatty(STDOUT_FILENO) && !(no_color && *no_color));
}
