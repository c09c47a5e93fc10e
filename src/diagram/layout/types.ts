export interface LayoutBox {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

/** A line between two boxes; `from` stands on the left. Offsets are from the upper edge of a box. */
export interface LayoutLink {
  readonly from: { readonly box: string; readonly y: number };
  readonly to: { readonly box: string; readonly y: number };
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rect extends Point {
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Rect>;
  /** The corners of each line, by its link: from the `from` end to the `to` end. */
  readonly routes: ReadonlyMap<LayoutLink, readonly Point[]>;
}

/** An item of a column: a box, or a gap for lines to a later column. */
export interface Item {
  readonly id: string;
  readonly height: number;
  readonly box: LayoutBox | undefined;
}

/** A segment of lines between two neighbouring columns. Segments with the same `group` start together. */
export interface Segment {
  readonly group: string;
  readonly left: Item;
  readonly leftY: number;
  readonly right: Item;
  readonly rightY: number;
}

/** A connected group of boxes in columns. `channels[i]` lies between `columns[i]` and `columns[i + 1]`. */
export interface Columns {
  readonly columns: Item[][];
  readonly channels: readonly (readonly Segment[])[];
  /** The segments of each line from left to right, and whether its link is reversed. */
  readonly paths: ReadonlyMap<LayoutLink, { readonly segments: readonly Segment[]; readonly reversed: boolean }>;
}
