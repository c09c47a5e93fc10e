/** Where the DOWN part of a migration belongs in the format of its tool. */
export interface WayBack {
  /** As messages name it: `golang-migrate`. */
  readonly tool: string;
  /** `m/2_roles.down.sql`; undefined where the tool has no way back. */
  readonly place: string | undefined;
}

/** What to do with a part that is to undo a migration and stands within it. */
export function moveBack({ tool, place }: WayBack): string {
  return place === undefined
    ? `In the format of ${tool} there is no DOWN part: delete what would undo the migration, and this line.`
    : `In the format of ${tool} the way back is ${place}: move it there, and delete this line.`;
}

/** Texts about folders in the formats of other tools. */
export const formatTexts = {
  FORMAT_FILE: {
    meaning:
      "A file of a folder in another tool's format is a migration there, and cannot be run here: code in another language, or a feature of the tool that Dunlin does not have. What comes after it may need it, so nothing runs.",
    message: (f: { file: string; tool: string; fact: string }): string =>
      `${f.file} is a migration of ${f.tool} that cannot run here: ${f.fact}.`,
    hint: (f: { way: string }): string => `Nothing was changed. ${f.way}`,
  },
  FORMAT_FOLDER: {
    meaning:
      "What a folder in another tool's format says about its migrations does not fit its files: a journal or plan that cannot be read or names a file that is missing, two files with one version, the sign of another tool. Or a command cannot do there what it does with Dunlin's own files.",
    message: (f: { source: string; tool: string; fact: string }): string =>
      `${f.source} is a folder of ${f.tool}, but ${f.fact}.`,
    hint: (f: { way: string }): string => `Nothing was changed. ${f.way}`,
  },
  FORMAT_LAYOUT: {
    meaning:
      "The migrations of another tool's format have their positions as versions, because not all of the tool's versions are whole numbers in ascending order. Only the `standard` layout of the tracking table can record those. The `filename` layout reads version and name from the file's name, which another tool may write in another way (`V1__users.sql`).",
    message: (f: { source: string; tool: string; layout: string; file: string | undefined }): string =>
      f.file === undefined
        ? `The migrations of ${f.source}, in the format of ${f.tool}, have no versions that the layout ${f.layout} could record.`
        : `The layout ${f.layout} could not read a row for ${f.file} again: the version in the name of a file in the format of ${f.tool} is not written as in Dunlin's own.`,
    hint: (): string =>
      "Nothing was changed. Use the layout `standard`: `dunlin status --layout standard` (`layout: 'standard'`).",
  },
};
