/*
 * Values in columns. A text is the number of its name, a number is itself; which of the two a column holds follows
 * from the fact's type. A value of the other kind, as a foreign log may have it, is a blob of that number.
 */
#include "store/sqlite.h"

static bool is_text_fact(enum fact f)
{
	return facts[f].type == FACT_TEXT || facts[f].type == FACT_LIST;
}

int fact_bind(struct sqlite *q, sqlite3_stmt *st, int parameter, enum fact f, const struct value *v,
	      struct text *why)
{
	uint8_t bytes[10];
	struct pack other = {.ptr = bytes, .cap = sizeof(bytes)};
	uint64_t value = v->number;
	uint32_t name;
	int rc = 0;

	if (v->kind == VALUE_ABSENT) {
		sqlite3_bind_null(st, parameter);
		return 0;
	}
	if (v->kind == VALUE_TEXT) {
		rc = name_add(q, v->text, &name, why);
		value = name;
	}
	if ((v->kind == VALUE_TEXT) == is_text_fact(f)) {
		sqlite3_bind_int64(st, parameter, (int64_t)value);
		return rc;
	}
	pack_number(&other, value);
	sqlite3_bind_blob(st, parameter, bytes, (int)other.len, SQLITE_TRANSIENT);
	return rc;
}

void fact_read(sqlite3_stmt *st, int column, enum fact f, struct stored_fact *ret_fact)
{
	int type = sqlite3_column_type(st, column);
	bool is_text = is_text_fact(f) == (type == SQLITE_INTEGER);
	struct reader r;

	*ret_fact = (struct stored_fact){.fact = (uint16_t)f, .kind = VALUE_ABSENT};
	if (type == SQLITE_INTEGER) {
		ret_fact->value = (uint64_t)column_i64(st, column);
	} else if (type == SQLITE_BLOB) {
		r = reader_of(column_blob(st, column));
		ret_fact->value = unpack_number(&r);
	} else {
		return;
	}
	ret_fact->kind = is_text ? VALUE_TEXT : VALUE_NUMBER;
}

int fact_put(struct sqlite *q, const struct stored_fact *stored, struct event *e, struct text *why)
{
	struct value *v = &e->facts[stored->fact];
	int rc;

	*v = (struct value){.kind = (enum value_kind)stored->kind};
	if (stored->kind == VALUE_NUMBER)
		v->number = stored->value;
	if (stored->kind != VALUE_TEXT)
		return 0;
	if (stored->value == 0 || stored->value > UINT32_MAX)
		return sqlite_damaged(q, "a text's number", why);
	rc = name_read(q, (uint32_t)stored->value, &v->text, why);
	return rc;
}
