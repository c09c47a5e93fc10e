import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { createRequire } from 'node:module';

/** Where the headers of SQLite are: those that a driver was built with. */
function headers(): string | undefined {
  const require = createRequire(import.meta.url);
  const roots = ['better-sqlite3', '@photostructure/sqlite'].flatMap((name) => {
    try {
      return [dirname(require.resolve(`${name}/package.json`))];
    } catch {
      return [];
    }
  });
  const found = [
    ...roots.flatMap((root) => [
      join(root, 'build/Release/obj/gen/sqlite3'),
      join(root, 'deps/sqlite3'),
      join(root, 'src/upstream'),
    ]),
    '/usr/include',
  ];
  return found.find((folder) => existsSync(join(folder, 'sqlite3ext.h')));
}

/** Why extensions cannot be compiled on this machine; undefined if they can. */
export const noCompiler: string | undefined = (() => {
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
  } catch {
    return 'there is no gcc';
  }
  return headers() === undefined ? 'the header sqlite3ext.h is not there' : undefined;
})();

const built = new Map<string, string>();

/** Compiles an extension once, and returns the path of its library. */
export function compileExtension(name: string, source: string): string {
  const known = built.get(source);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-extension-'));
  const file = join(folder, `${name}.c`);
  const library = join(folder, `${name}.so`);
  writeFileSync(file, source);
  execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-w', '-I', headers()!, file, '-o', library]);
  built.set(source, library);
  return library;
}

/**
 * What schemas need of extensions: the collation `backwards`, the function `twice`, the FTS5 tokenizer `letters`, the
 * virtual table `pairs`, which keeps its rows in tables that are not known as its shadow tables.
 */
export const sampleExtension = `
#include "sqlite3ext.h"
#include <string.h>
#include <stdlib.h>
SQLITE_EXTENSION_INIT1

static int backwards(void *unused, int a, const void *left, int b, const void *right) {
  int n = a < b ? a : b;
  int order = memcmp(right, left, n);
  return order != 0 ? order : b - a;
}

static void twice(sqlite3_context *context, int count, sqlite3_value **values) {
  sqlite3_result_int64(context, 2 * sqlite3_value_int64(values[0]));
}

typedef struct { int unused; } Letters;
static int letters_create(void *c, const char **args, int n, Fts5Tokenizer **out) {
  *out = (Fts5Tokenizer *)calloc(1, sizeof(Letters));
  return SQLITE_OK;
}
static void letters_delete(Fts5Tokenizer *t) { free(t); }
static int letters_tokenize(Fts5Tokenizer *t, void *c, int flags, const char *text, int n,
    int (*token)(void *, int, const char *, int, int, int)) {
  for (int i = 0; i < n; i++) {
    int rc = token(c, 0, text + i, 1, i, i + 1);
    if (rc != SQLITE_OK) return rc;
  }
  return SQLITE_OK;
}
static fts5_tokenizer letters = { letters_create, letters_delete, letters_tokenize };

static fts5_api *fts5_of(sqlite3 *db) {
  fts5_api *api = 0;
  sqlite3_stmt *statement = 0;
  if (sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &statement, 0) != SQLITE_OK) return 0;
  sqlite3_bind_pointer(statement, 1, (void *)&api, "fts5_api_ptr", 0);
  sqlite3_step(statement);
  sqlite3_finalize(statement);
  return api;
}

typedef struct { sqlite3_vtab base; sqlite3 *db; char *name; } Pairs;
typedef struct { sqlite3_vtab_cursor base; sqlite3_stmt *rows; int done; } Cursor;
static int pairs_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **error) {
  Pairs *pairs = (Pairs *)calloc(1, sizeof(Pairs));
  pairs->db = db;
  pairs->name = sqlite3_mprintf("%s", argv[2]);
  *out = &pairs->base;
  return sqlite3_declare_vtab(db, "CREATE TABLE x (a, b)");
}
static int pairs_create(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **error) {
  char *sql = sqlite3_mprintf(
    "CREATE TABLE \\"%w_rows\\" (a, b); CREATE TABLE \\"%w_about\\" (k PRIMARY KEY, v); INSERT INTO \\"%w_rows\\" VALUES (1, 2)",
    argv[2], argv[2], argv[2]);
  int rc = sqlite3_exec(db, sql, 0, 0, error);
  sqlite3_free(sql);
  return rc == SQLITE_OK ? pairs_connect(db, aux, argc, argv, out, error) : rc;
}
static int pairs_disconnect(sqlite3_vtab *v) { sqlite3_free(((Pairs *)v)->name); free(v); return SQLITE_OK; }
static int pairs_destroy(sqlite3_vtab *v) {
  Pairs *pairs = (Pairs *)v;
  char *sql = sqlite3_mprintf("DROP TABLE \\"%w_rows\\"; DROP TABLE \\"%w_about\\"", pairs->name, pairs->name);
  int rc = sqlite3_exec(pairs->db, sql, 0, 0, 0);
  sqlite3_free(sql);
  return rc == SQLITE_OK ? pairs_disconnect(v) : rc;
}
static int pairs_best(sqlite3_vtab *v, sqlite3_index_info *info) { return SQLITE_OK; }
static int pairs_open(sqlite3_vtab *v, sqlite3_vtab_cursor **out) {
  *out = (sqlite3_vtab_cursor *)calloc(1, sizeof(Cursor));
  return SQLITE_OK;
}
static int pairs_close(sqlite3_vtab_cursor *c) { sqlite3_finalize(((Cursor *)c)->rows); free(c); return SQLITE_OK; }
static int pairs_next(sqlite3_vtab_cursor *c) {
  ((Cursor *)c)->done = sqlite3_step(((Cursor *)c)->rows) != SQLITE_ROW;
  return SQLITE_OK;
}
static int pairs_filter(sqlite3_vtab_cursor *c, int n, const char *s, int argc, sqlite3_value **argv) {
  Pairs *pairs = (Pairs *)c->pVtab;
  char *sql = sqlite3_mprintf("SELECT a, b, rowid FROM \\"%w_rows\\"", pairs->name);
  sqlite3_finalize(((Cursor *)c)->rows);
  int rc = sqlite3_prepare_v2(pairs->db, sql, -1, &((Cursor *)c)->rows, 0);
  sqlite3_free(sql);
  return rc == SQLITE_OK ? pairs_next(c) : rc;
}
static int pairs_eof(sqlite3_vtab_cursor *c) { return ((Cursor *)c)->done; }
static int pairs_column(sqlite3_vtab_cursor *c, sqlite3_context *context, int i) {
  sqlite3_result_value(context, sqlite3_column_value(((Cursor *)c)->rows, i));
  return SQLITE_OK;
}
static int pairs_rowid(sqlite3_vtab_cursor *c, sqlite3_int64 *out) {
  *out = sqlite3_column_int64(((Cursor *)c)->rows, 2);
  return SQLITE_OK;
}
static sqlite3_module pairs = {
  1, pairs_create, pairs_connect, pairs_best, pairs_disconnect, pairs_destroy, pairs_open, pairs_close,
  pairs_filter, pairs_next, pairs_eof, pairs_column, pairs_rowid
};

#ifdef _WIN32
__declspec(dllexport)
#endif
int sample_init(sqlite3 *db, char **error, const sqlite3_api_routines *api) {
  SQLITE_EXTENSION_INIT2(api)
  fts5_api *fts5 = fts5_of(db);
  if (fts5 != 0) fts5->xCreateTokenizer(fts5, "letters", 0, &letters, 0);
  sqlite3_create_collation(db, "backwards", SQLITE_UTF8, 0, backwards);
  sqlite3_create_function(db, "twice", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, 0, twice, 0, 0);
  return sqlite3_create_module(db, "pairs", &pairs, 0);
}
`;
