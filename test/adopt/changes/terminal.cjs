// drizzle-kit asks only on a terminal whether a column was renamed. With this its standard input counts as one.
process.stdin.isTTY = true;
process.stdout.isTTY = true;
process.stdin.setRawMode = () => process.stdin;
