/**
 * A folder in its one spelling: `~\Documents\\Invoices\` and `~/Documents/./Invoices` are `~/Documents/Invoices`.
 * Undefined for what is no path of this machine, such as `smb://nas/scans`.
 */
export function spell(path: string): string | undefined {
  const [, root, rest] = /^(~[/\\]|[A-Za-z]:[/\\]|\/)(.*)$/s.exec(path) ?? [];
  if (root === undefined || rest === undefined) return undefined;
  const folders = rest.split(root === '/' ? '/' : /[/\\]/).filter((folder) => folder !== '' && folder !== '.');
  return root.toUpperCase().replace('\\', '/') + folders.join('/');
}
