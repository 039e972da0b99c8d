/*
 * One layer of settings: those that one file gives, or several on top of each other. A setting knows where it stands.
 * What a layer holds lives in its arena; merging moves items from one layer to the other, so both share the arena.
 */
#ifndef NTLMAUDIT_POLICY_LAYER_H
#define NTLMAUDIT_POLICY_LAYER_H

#include "base/arena.h"
#include "policy/exception.h"
#include "policy/problem.h"
#include "policy/setting.h"

/* Items of one list, and bytes of one item. */
#define LAYER_ITEMS_MAX 1000
#define LAYER_ITEM_SIZE 512

struct policy_item {
	const char *text;	    /* as it was written */
	struct exception exception; /* of SETTING_EXCEPTIONS; else only its name, the text */
	struct place place;
	struct policy_item *next;
};

enum cell_state {
	CELL_UNSET,
	CELL_SET,
	CELL_ADDED,   /* items for the list of the layers below */
	CELL_REMOVED, /* taken back: what other files of Group Policy set before */
};

struct cell {
	enum cell_state state;
	uint32_t number;
	struct policy_item *first, *last;
	size_t n_items;
	struct place place;
};

struct layer {
	struct cell cells[SETTING__COUNT];
};

/* One file that is being read into a layer. */
struct reading {
	const char *file; /* in the arena */
	struct arena *arena;
	struct layer *layer;
	struct problems *problems;
};

/* The defaults of the table. -ENOMEM. */
int layer_defaults(struct layer *layer, struct arena *arena) __attribute__((warn_unused_result));

/* Settings of one file. What is not allowed is told as an error and changes nothing. */
void layer_set_number(struct reading *r, const struct place *place, enum setting s,
		      uint32_t number);
/* A list becomes empty; items follow. */
void layer_set_list(struct reading *r, const struct place *place, enum setting s);
/* Adds to the list that this layer has, or else to that of the layers below. */
void layer_add_item(struct reading *r, const struct place *place, enum setting s, struct span item);
void layer_remove(struct reading *r, const struct place *place, enum setting s);

/* Puts `upper` on top of `lower`. upper is not good for anything afterwards. */
void layer_merge(struct layer *lower, struct layer *upper);

#endif
