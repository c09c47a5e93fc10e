import { edit, test, type Mutant } from './mutant.ts';

/** Loss guards that do not see one kind of loss. */
export const ofLosses: readonly Mutant[] = [
  {
    name: 'only what existed before the run is guarded',
    breaks: 'who skips a release is guarded less: what an earlier migration of the run left is lost in silence',
    edits: [
      edit(
        'execute/guards/guarded-tables.ts',
        'return table.existedBeforeRun || (yield* this.hadRows(table));',
        'return table.existedBeforeRun;',
      ),
    ],
    caughtBy: [test('guards/measured-rows.test.ts', 'refused: moved, then rebuilt with a WHERE')],
  },
  {
    name: 'a table that the migration empties counts as one without rows',
    breaks: 'a DELETE before the rebuild lets it forget indexes, triggers and columns',
    edits: [
      edit(
        'execute/guards/guarded-tables.ts',
        'if (this.#withRows.has(table) || this.#rows.hadRows(table)) return true;',
        '',
      ),
    ],
    caughtBy: [test('guards/measured-without-rows.test.ts', 'refused: a DELETE before the copy')],
  },
  {
    name: 'objects of a table without rows are guarded',
    breaks: 'a new installation that is migrated in several runs is refused, because its empty tables lose an index',
    edits: [
      edit(
        'execute/guards/loss-detector.ts',
        'if (!(yield* this.#guarded.hadRows(table))) this.#droppedEmpty.add(table);',
        '',
      ),
    ],
    caughtBy: [
      test(
        'guards/measured-without-rows.test.ts',
        'passes with a note: an index, a trigger, a column and the INTEGER PRIMARY KEY are left out: one note',
      ),
    ],
  },
  {
    name: 'rows are not kept account of',
    breaks: 'a trigger that deletes, or a constraint that replaces, takes rows that no statement names',
    edits: [edit('execute/guards/row-bookkeeping.ts', 'if (after >= floor) return undefined;', 'return undefined;')],
    caughtBy: [
      test('guards/measured-rows.test.ts', 'refused: a DELETE of no row, then a trigger that empties the table'),
    ],
  },
  {
    name: 'one DELETE excuses every loss of rows',
    breaks: 'a DELETE of no row lets a trigger empty the table',
    edits: [edit('execute/guards/row-bookkeeping.ts', 'account.deleted += changes;', 'account.deleted += 1_000_000;')],
    caughtBy: [test('guards/measured-rows.test.ts', 'refused: the trigger of the DELETE itself takes one more')],
  },
  {
    name: 'a DELETE from a view excuses what it names, whether it is gone or not',
    breaks: 'a trigger may delete other rows than those that the DELETE names',
    edits: [
      edit(
        'execute/guards/row-statements.ts',
        'const gone = selected.rows - ((yield* countBy(selected.sql)) ?? selected.rows) - changes;',
        'const gone = selected.rows - changes;',
      ),
    ],
    caughtBy: [test('guards/measured-deletes.test.ts', 'refused: not while its rows stay')],
  },
  {
    name: 'nobody says which values a part of the columns left behind',
    breaks: 'a WHERE too many in the copy of some columns loses their values without a word',
    edits: [
      edit(
        'execute/guards/table-outcomes.ts',
        'notes.push(...this.#partNotes(comparison, successor));',
        'this.#partNotes(comparison, successor);',
      ),
    ],
    caughtBy: [test('guards/measured-parts.test.ts', 'passes with a note: by a WHERE: a note has the figure')],
  },
  {
    name: 'the integrity check includes full-text indexes of a text that they do not keep',
    breaks: 'an FTS4 index that is filled later, or whose text is gone, fails the whole run',
    edits: [
      edit(
        'schema/integrity.ts',
        'return (yield* withoutExternalContent(found)).filter((flaw) => {',
        'return found.filter((flaw) => {',
      ),
    ],
    caughtBy: [test('guards/measured-objects.test.ts', 'passes: a new one is filled later (fts4)')],
  },
  {
    name: 'a full-text table of the run is read before it is dropped',
    breaks: 'one whose text is gone cannot be dropped',
    edits: [
      edit(
        'execute/guards/guarded-tables.ts',
        'if (!table.virtual && !(yield* hasRows(qualified(table, this.#tables)))) return false;',
        'if (!(yield* hasRows(qualified(table, this.#tables)))) return false;',
      ),
    ],
    caughtBy: [
      test(
        'guards/measured-objects.test.ts',
        'passes: it is dropped after its content (fts5), on tables of the same run',
      ),
    ],
  },
  {
    name: 'the parts of a UNION ALL are only counted together',
    breaks: 'rows of one table stand for those that a LIMIT leaves out of another',
    edits: [edit('execute/guards/copy-tracker.ts', 'rows: select.rows ?? rows,', 'rows,')],
    caughtBy: [test('guards/measured-merges.test.ts', 'refused: a LIMIT in a part')],
  },
  {
    name: 'what a copy left out may have been there before',
    breaks: 'rows that another table had before stand for those that a merge into it leaves out',
    edits: [
      edit(
        'execute/guards/path-comparer.ts',
        'const missing = Math.max(lost, this.#neverArrived(paths, comparedTables, found.rows));',
        'const missing = lost;',
      ),
    ],
    caughtBy: [test('guards/measured-merges.test.ts', 'refused: a WHERE')],
  },
  {
    name: 'every copy is taken for proven',
    breaks: 'a rebuild that copies too few rows is committed',
    edits: [
      edit(
        'execute/guards/compare-before-drop.ts',
        'const isProven = !hasReplaceConflict && isWholeCopy(path, rows, request.rows);',
        'const isProven = true;',
      ),
    ],
    caughtBy: [test('guards/measured-rows.test.ts', 'refused: a filtered rebuild, and a new row')],
  },
  {
    name: 'a copy counts as undisturbed although a trigger worked on it',
    breaks: 'values that a trigger changed during the copy are taken for the old ones',
    edits: [
      edit('execute/guards/copy-tracker.ts', 'hasNoSideEffects: sideEffects === 0', 'hasNoSideEffects: true'),
      edit(
        'execute/guards/copy-paths.ts',
        'filled.sideEffects === copy.mark.sideEffects',
        'filled.sideEffects >= copy.mark.sideEffects',
      ),
    ],
    caughtBy: [
      test('guards/measured-rules.test.ts', 'refused: a trigger changes the values of the new table during the copy'),
    ],
  },
  {
    name: 'a column that an UPDATE changed is said to be the same',
    breaks: 'who reads what was compared trusts values that are others now',
    edits: [edit('execute/guards/table-outcomes.ts', 'if (differing.has(key)) return false;', '')],
    caughtBy: [test('cli/rebuilds.test.ts', 'a column that an UPDATE changes')],
  },
  {
    name: 'what was only counted further on is said to be proven',
    breaks: 'who reads that a rebuild was proven trusts rows that nobody looked at',
    edits: [
      edit(
        'execute/guards/table-outcomes.ts',
        'const checks = [check, ...next.map((one) => this.#checkOf(one))];',
        'const checks = [check];',
      ),
    ],
    caughtBy: [test('cli/rebuilds.test.ts', 'through a temporary table, then only expressions')],
  },
  {
    name: 'a problem is given the line of another',
    breaks: 'who corrects the line that the error shows corrects the wrong one',
    edits: [
      edit(
        'execute/guards/losses.ts',
        'const entry = of.find((loss) => loss.entry',
        'const entry = sorted.find((loss) => loss.entry',
      ),
    ],
    caughtBy: [test('cli/losses.test.ts', 'a problem does not take over the line of another')],
  },
  {
    name: 'what a trigger removes is put down to every statement that may have fired it',
    breaks: 'the error does not say which statement lost the rows',
    edits: [
      edit(
        'execute/guards/row-bookkeeping.ts',
        'account.withSideEffects.isEmpty ? account.statements : account.withSideEffects',
        'account.statements',
      ),
    ],
    caughtBy: [test('cli/losses.test.ts', 'rows that a trigger deletes, of two statements')],
  },
  {
    name: 'plan takes every copy for one of the whole table',
    breaks: 'the plan says that the copy proves values which the run has to compare',
    edits: [
      edit(
        'execute/guards/rebuild-forecast.ts',
        '      path.copies.every(({ copiesAllRows, merges }) => copiesAllRows && !merges) &&\n',
        '',
      ),
    ],
    caughtBy: [test('cli/rebuilds.test.ts', 'the copy proves nothing: a WHERE')],
  },
  {
    name: 'plan speaks of a comparison in tables without rows',
    breaks: 'the plan announces what no run will do',
    edits: [
      edit('execute/guards/rebuild-forecast.ts', 'table.temporary || !this.#filled.has(table)', 'table.temporary'),
    ],
    caughtBy: [test('cli/rebuilds.test.ts', 'nothing of an empty table, of one that is made empty')],
  },
  {
    name: 'values are not compared',
    breaks: 'a new type or a copy by position changes values in silence',
    edits: [edit('rebuild/comparison.ts', 'changed.push(Number(row?.[`c${j}`] ?? 0))', 'changed.push(0)')],
    caughtBy: [test('guards/measured-columns.test.ts', 'refused: text with a leading zero becomes a number')],
  },
  {
    name: 'columns that went elsewhere are not looked for under their own name',
    breaks: 'a swapped column list passes',
    edits: [
      edit('execute/guards/column-checks.ts', `if (isSwapped) return 'swapped';`, 'if (isSwapped) return undefined;'),
    ],
    caughtBy: [test('guards/measured-columns.test.ts', 'refused: a swapped column list')],
  },
  {
    name: 'an alias counts as the column that it is called like',
    breaks: 'a column that a statement only mentions counts as carried',
    edits: [edit('sql/select.ts', 'items: items.map(withoutAlias)', 'items')],
    caughtBy: [test('guards/measured-columns.test.ts', 'refused: the alias of a constant has it')],
  },
  {
    name: 'columns that have no home are not missed',
    breaks: 'a rebuild leaves a column out',
    edits: [
      edit(
        'execute/guards/table-outcomes.ts',
        'losses.push(...(yield* this.#columnsLost(comparison, successor)));',
        'yield* this.#columnsLost(comparison, successor);',
      ),
    ],
    caughtBy: [test('guards/undeclared-losses.test.ts', `of 'column' is rolled back`)],
  },
  {
    name: 'a copy for safety makes up for what the new table lacks',
    breaks: 'any filtered rebuild passes that makes a backup table first',
    edits: [
      edit(
        'execute/guards/table-outcomes.ts',
        'if (single === undefined || !single.isShared) return together;',
        'if (single === undefined || single.isShared) return together;',
      ),
    ],
    caughtBy: [test('guards/measured-rows.test.ts', 'refused: a safety copy does not excuse the WHERE')],
  },
  {
    name: 'a table with every row answers for all columns',
    breaks: 'a column that only another table has is changed on its way there',
    edits: [
      edit(
        'execute/guards/compare-before-drop.ts',
        '? { ...nothing, ...(yield* changedBeside(whole, main, found, comparer)) }',
        '? nothing',
      ),
    ],
    caughtBy: [test('guards/measured-parts.test.ts', 'refused: another table converts a column that it does not have')],
  },
  {
    name: 'an archive of some rows keeps the column of all',
    breaks: 'a rebuild leaves a column out that only some archived rows have',
    edits: [
      edit('execute/guards/path-comparer.ts', 'else if (lost > 0) stranded.set', 'else if (lost < 0) stranded.set'),
    ],
    caughtBy: [test('guards/measured-parts.test.ts', 'refused: an archive that no row comes into')],
  },
  {
    name: 'a kept copy that fills the new table makes up for a forgotten column',
    breaks: 'a table is filled again without a column, as long as the copy stays',
    edits: [
      edit(
        'execute/guards/table-outcomes.ts',
        'sources.some((one) => one.isShared || this.#isKeptBeside(one.table, successor))',
        'sources.some((one) => one.isShared)',
      ),
    ],
    caughtBy: [test('guards/measured-kept-copies.test.ts', 'refused: after the old one is dropped')],
  },
  {
    name: 'a DELETE of doubles excuses what never came',
    breaks: 'rows that a join leaves out are lost once a DELETE removes the doubles of others',
    edits: [
      edit(
        'execute/guards/path-comparer.ts',
        'Math.max(explained, Math.min(lost, this.#missing.rows(this.#table, paths, this.#bookkeeping)))',
        'explained',
      ),
    ],
    caughtBy: [
      test('guards/measured-deletes.test.ts', 'refused: of a join, in a temporary table'),
      test('guards/measured-deletes.test.ts', 'refused: of a join that brings as many rows as there are'),
    ],
  },
  {
    name: 'what a copy left out is measured once',
    breaks: 'a migration that copies the rest after a DELETE is refused',
    edits: [edit('execute/guards/missing-before-delete.ts', 'if (all.length === known ||', 'if (known > 0 ||')],
    caughtBy: [
      test('guards/measured-deletes.test.ts', 'passes: the rest is copied after a DELETE, and another DELETE follows'),
    ],
  },
  {
    name: 'what triggers copy is not followed',
    breaks: 'a trigger of a view leaves out a column of what is copied into the view',
    edits: [
      edit(
        'execute/guards/row-statements.ts',
        'byTriggers = yield* this.#findTriggerCopies(entry, table, this.#origins ?? []);',
        'byTriggers = noTriggers;',
      ),
    ],
    caughtBy: [test('guards/measured-trigger-copies.test.ts', 'refused: which leaves a column out')],
  },
  {
    name: 'a view swallows rows',
    breaks: 'rows that are copied into a view whose trigger does nothing are dropped without a word',
    edits: [
      edit(
        'execute/guards/row-statements.ts',
        'else if (triggerCopies.length === 0) copies.recordDiscarded(entry, this.#origins ?? []);',
        '',
      ),
    ],
    caughtBy: [test('guards/measured-trigger-copies.test.ts', 'refused: but none, because the trigger does nothing')],
  },
  {
    name: 'an edited migration is applied again whatever its DOWN part drops',
    breaks: 'the rows that a developer has typed in are gone after an edit, and nobody was asked',
    edits: [edit('operations/reapply.ts', "keepsValues: losses !== 'accept',", 'keepsValues: false,')],
    caughtBy: [test('execute/reapply.test.ts', 'loses no value unless that is accepted')],
  },
  {
    name: 'a set is proposed with a file that cannot put anything right',
    breaks: 'who follows the hint gets the same error again, because the copy is in an applied file',
    edits: [edit('execute/run-group.ts', ' || (isOfRows(error) && !next!.some(fills))', '')],
    caughtBy: [test('guards/together.test.ts', 'is not spoken of where an earlier file left rows out')],
  },
  {
    name: 'a constant in a key does not tell rows apart',
    breaks: 'a pivot under one name too few keeps the values of one column, and loses those of another',
    edits: [edit('execute/guards/copy-paths.ts', 'if (constant !== undefined && isSame && isOfKey &&', 'if (false &&')],
    caughtBy: [
      test('guards/measured-constants.test.ts', 'refused: another name, the same constant twice'),
      test('guards/measured-constants.test.ts', 'refused: a WHERE, and OR IGNORE'),
    ],
  },
  {
    name: 'a part may leave values behind although the name of the table is gone',
    breaks: 'a WHERE too many in the copy of some columns loses their values for good',
    edits: [
      edit(
        'execute/guards/table-outcomes.ts',
        'losses.push(...this.#partsLost(comparison, successor));',
        'this.#partsLost(comparison, successor);',
      ),
    ],
    caughtBy: [test('guards/measured-parts.test.ts', 'refused: by a WHERE')],
  },
  {
    name: 'a log of the ids makes up for rows that a trigger deletes',
    breaks: 'rows that go before their table is rebuilt are lost, because another table has their ids',
    edits: [edit('execute/guards/unit-comparisons.ts', ' && hasAll(target),', ' && hasAll !== undefined,')],
    caughtBy: [
      test(
        'guards/measured-kept-copies.test.ts',
        'refused: because a trigger deletes it after a copy of the ids, and no table has its name then',
      ),
    ],
  },
  {
    name: 'foreign key violations are only counted',
    breaks: 'one violation is replaced by another',
    edits: [
      edit(
        'execute/guards/reference-check.ts',
        'rows > (had.get(value) ?? 0));',
        "rows > sum(had.values()) && value !== '');",
      ),
    ],
    caughtBy: [test('guards/measured-references.test.ts', 'refused: one violation is replaced by another')],
  },
  {
    name: 'foreign keys are not checked before COMMIT',
    breaks: 'rows that refer to nothing are committed',
    edits: [edit('execute/guards/loss-detector.ts', 'losses.push(...(yield* this.#references.losses()));', '')],
    caughtBy: [test('guards/thirty-cases.test.ts', `17: 'DROP TABLE p while c refers`)],
  },
  {
    name: 'objects that vanish are not missed',
    breaks: 'an index, a view or a trigger goes with the table that was rebuilt',
    edits: [
      edit(
        'execute/guards/object-check.ts',
        'losses.push({ kind: type, name, table, reason, entry });',
        'void reason;',
      ),
    ],
    caughtBy: [test('guards/undeclared-losses.test.ts', `of 'trigger' is rolled back`)],
  },
  {
    name: 'objects are told apart by their names alone',
    breaks: 'an index is lost while another table gets one of its name',
    edits: [
      edit(
        'execute/guards/object-check.ts',
        `tables.some((table) => nameKey(table) === nameKey(found?.table ?? ''))`,
        'found !== undefined',
      ),
    ],
    caughtBy: [test('guards/measured-objects.test.ts', 'refused: the index,')],
  },
  {
    name: 'the rowid alias is not guarded',
    breaks: 'the next row of a rebuilt table gets the id NULL',
    edits: [edit('execute/guards/table-outcomes.ts', 'if (!isAlias && column', 'if (isAlias && column')],
    caughtBy: [test('guards/measured-objects.test.ts', 'refused: BIGINT PRIMARY KEY')],
  },
  {
    name: 'references that a RENAME moved are not reported',
    breaks: 'foreign keys still name the old table, and nothing reports it',
    edits: [edit('execute/guards/moved-references.ts', 'if (moved.length > 0)', 'if (moved.length < 0)')],
    caughtBy: [
      test('guards/measured-references.test.ts', 'passes with a note: a foreign key of another table follows it'),
    ],
  },
  {
    name: 'the detector does not look through views',
    breaks: 'rows that were taken through a view need not come back',
    edits: [
      edit(
        'execute/guards/column-origins.ts',
        'for (const inner of this.tablesRead(view, seen.add(name))) found.add(inner);',
        'found.clear();',
      ),
    ],
    caughtBy: [test('guards/indirect-reads.test.ts', 'a view, of which some rows')],
  },
  {
    name: 'the rows of a batch are read past the detector',
    breaks: 'rows that were taken by a batch need not come back',
    edits: [
      edit('execute/code/migration-database.ts', '    yield* running.detector.after(entry);\n    return', '    return'),
    ],
    caughtBy: [test('guards/indirect-reads.test.ts', 'a batch of a table, of which some')],
  },
  {
    name: 'values that an UPDATE moves are not looked for',
    breaks: 'rows for which a subquery or a join finds no partner are lost with their table',
    edits: [edit('execute/guards/moved-values.ts', 'if (lost === 0) continue;', 'if (lost >= 0) continue;')],
    caughtBy: [
      test('guards/measured-moved-values.test.ts', 'refused: by a subquery, but a row has no partner'),
      test('guards/measured-moved-values.test.ts', 'refused: by UPDATE FROM, but a row has no partner'),
      test('guards/measured-moved-values.test.ts', 'refused: by a subquery in a copy, but a row has no partner'),
    ],
  },
  {
    name: 'values that a rebuilt table did not get from an UPDATE are only noted',
    breaks: 'a wrong name in a subquery gives every row the same value',
    edits: [
      edit(
        'execute/guards/table-outcomes.ts',
        'return successor === undefined || [...targets]',
        'return successor === undefined && [...targets]',
      ),
    ],
    caughtBy: [test('guards/measured-columns.test.ts', 'refused: by FROM without a condition')],
  },
  {
    name: 'an UPDATE that sets a column from another is no copy',
    breaks: 'a column that is renamed by ADD, UPDATE and a rebuild is refused',
    edits: [edit('execute/guards/row-statements.ts', "facts.verb === 'update' &&", "facts.verb === 'select' &&")],
    caughtBy: [test('guards/measured-moved-values.test.ts', 'passes: all of them')],
  },
  {
    name: 'the names of columns are those at the DROP',
    breaks: 'a column that got another name, and gets its own back, is refused',
    edits: [
      edit(
        'execute/guards/table-outcomes.ts',
        'if (!compared.some((ref) => this.#hasName(ref, key)))',
        'if (compared.length === 0)',
      ),
    ],
    caughtBy: [
      test('guards/measured-moved-values.test.ts', 'passes: that is dropped'),
      test('guards/measured-moved-values.test.ts', 'passes: that a second rebuild leaves out'),
    ],
  },
  {
    name: 'one computed value excuses a column whose name was given to another',
    breaks: 'an UPDATE of some rows hides that the others have no value under its name',
    edits: [edit('execute/guards/table-outcomes.ts', 'rewritten >= changed;', 'rewritten > 0;')],
    caughtBy: [test('guards/measured-moved-values.test.ts', 'refused: that an UPDATE computes for some rows')],
  },
  {
    name: 'an UPDATE explains every change of its column',
    breaks: 'an UPDATE of no row lets a rebuild convert values',
    edits: [
      edit(
        'execute/guards/table-outcomes.ts',
        'return this.#rows.updated(compared) - updated >= changed;',
        'return this.#rows.updated(compared) - updated >= 0;',
      ),
    ],
    caughtBy: [test('guards/measured-moved-values.test.ts', 'refused: but none')],
  },
  {
    name: 'what the trigger of a view computes is not compared',
    breaks: 'a copy through a view changes values that no statement names',
    edits: [
      edit(
        'execute/guards/trigger-copies.ts',
        '!hasSubquery && read.includes(column)',
        'hasSubquery && read.includes(column)',
      ),
    ],
    caughtBy: [
      test('guards/measured-trigger-copies.test.ts', 'refused: which computes a column'),
      test('guards/measured-trigger-copies.test.ts', 'refused: and an UPDATE of it computes a column'),
    ],
  },
  {
    name: 'an UPDATE of a view moves nothing',
    breaks: 'values that its trigger puts elsewhere are lost with their table',
    edits: [
      edit('execute/guards/row-statements.ts', "(verb === 'insert' || table === undefined)", "verb === 'insert'"),
    ],
    caughtBy: [test('guards/measured-trigger-copies.test.ts', 'refused: but the trigger changes them')],
  },
  {
    name: 'a constant without a name may be any column',
    breaks: 'a constant in a subquery counts as the column that has the name of its table',
    edits: [edit('execute/guards/select-scope.ts', 'const own = names[index] ?? text;', 'const own = names[index];')],
    caughtBy: [test('guards/measured-moved-values.test.ts', 'refused: in a subquery')],
  },
  {
    name: 'the table behind FROM counts as a column',
    breaks: 'a constant that is selected from the table counts as the column that has its name',
    edits: [
      edit(
        'execute/guards/select-scope.ts',
        '...(yield* scope.matched(select.fromTokens))',
        '...(yield* scope.reads(select.fromTokens))',
      ),
    ],
    caughtBy: [test('guards/measured-moved-values.test.ts', 'refused: selected from the table')],
  },
];
