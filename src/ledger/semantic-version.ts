// Semantic Versioning 2.0.0, sections 2, 9, 10 and 11. Build metadata is allowed and does not count.
const pattern =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

/** Whether the text is a semantic version such as 1.1.0 or 2.0.0-rc.1. */
export function isSemver(text: string): boolean {
  return pattern.test(text);
}

/** Negative, zero or positive as `a` is lower than, equal to or higher than `b`. Both must be semantic versions. */
export function compareSemver(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let i = 0; i < 3; i++) {
    const difference = Number(left.numbers[i]) - Number(right.numbers[i]);
    if (difference !== 0) return difference;
  }
  return comparePrerelease(left.prerelease, right.prerelease);
}

function parts(text: string): { numbers: string[]; prerelease: string[] } {
  const match = pattern.exec(text);
  return { numbers: match?.slice(1, 4) ?? [], prerelease: match?.[4]?.split('.') ?? [] };
}

function comparePrerelease(a: readonly string[], b: readonly string[]): number {
  // Section 11.3: a version without a pre-release is higher than one with.
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [left, right] = [a[i], b[i]];
    if (left === undefined || right === undefined) return a.length - b.length;
    const difference = compareIdentifier(left, right);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareIdentifier(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left && right) return Number(a) - Number(b);
  if (left !== right) return left ? -1 : 1; // Section 11.4.3: numbers are lower than words.
  return a < b ? -1 : a > b ? 1 : 0;
}
