/**
 * SQL of a text that differs for different values of an expression, and that no affinity changes. quote() distinguishes 1
 * from 1.0 and '1', but cuts a text at a NUL character (sqlite.org/lang_corefunc.html#quote).
 */
export function valueForm(value: string): string {
  return `CASE typeof(${value}) WHEN 'text' THEN 'T' || hex(${value}) ELSE quote(${value}) END`;
}
