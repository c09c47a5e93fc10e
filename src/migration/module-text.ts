/**
 * Normalises a module's text for its checksum: its tokens with one space between them, without comments. A line break
 * counts as a space even where JavaScript would end a statement, so that a formatter may move text. A text that cannot be
 * tokenised is returned with `\n` as line endings, because git may check it out with others.
 */
export function normalizeModule(text: string): string {
  const written = text.replace(/\r\n?/g, '\n');
  return moduleTokens(written)?.join(' ') ?? written;
}

/** The tokens of a module, a template being one. Undefined for a text that cannot be tokenised. */
export function moduleTokens(text: string): readonly string[] | undefined {
  const tokens: string[] = [];
  return readTokens(text, 0, tokens) === text.length ? tokens : undefined;
}

const blank = /(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)+/y;
const word = /[\p{L}\p{N}_$#\\]+/uy;
const string = /'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"/y;
const regex = /\/(?![*/])(?:[^/\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/[\p{L}]*/uy;
const operator =
  />>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.|\+\+|--|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|<<|>>|\*\*|[{}()[\];,<>+\-*/%&|^!~?:=.@]/y;

/** Words after which a value follows, so `/` begins a regular expression, not a division. */
const beforeValue = /^(?:return|typeof|case|in|of|delete|void|throw|new|else|do|await|yield|instanceof)$/;

/** Reads tokens up to the end, or up to the `}` that ends an expression in a template. Returns where it stopped. */
function readTokens(text: string, start: number, tokens: string[]): number {
  let at = start;
  let depth = 0;
  while (at < text.length) {
    at += match(blank, text, at).length;
    if (at >= text.length) break;
    // An unclosed comment.
    if (text.startsWith('/*', at)) return -1;
    if (text[at] === '`') {
      const end = endOfTemplate(text, at);
      if (end === undefined) return -1;
      tokens.push(text.slice(at, end));
      at = end;
      continue;
    }
    if (text[at] === '}' && depth === 0 && start > 0) return at;
    const token =
      match(word, text, at) ||
      match(string, text, at) ||
      (valueMayBegin(tokens.at(-1)) && match(regex, text, at)) ||
      match(operator, text, at);
    if (token === '') return -1;
    if (token === '{') depth++;
    else if (token === '}') depth--;
    tokens.push(token);
    at += token.length;
  }
  return start === 0 ? at : -1;
}

/** A template is one token, with its expressions: most often it is SQL. */
function endOfTemplate(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '`') return at + 1;
    else if (text.startsWith('${', at)) {
      at = readTokens(text, at + 2, []);
      if (at === -1) return undefined;
    }
  }
  return undefined;
}

function valueMayBegin(last: string | undefined): boolean {
  return last === undefined || beforeValue.test(last) || !/[\p{L}\p{N}_$)\]}'"`/]$/u.test(last);
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
