/** A label as a part of an address: "Émilie du Châtelet" is `emilie-du-chatelet`. */
export function slug(label: string): string {
  const words = label
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .match(/[\p{L}\p{N}]+/gu);
  return words?.join('-') ?? 'unnamed';
}
