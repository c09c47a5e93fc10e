/** A box to be placed. */
export interface LayoutBox {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

/** A line between two boxes, `from` the one that shall stand to the left. The offsets count from a box's upper edge. */
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

/** Where everything is. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Rect>;
  /** The corners of each line, by its link: from the `from` end to the `to` end. */
  readonly routes: ReadonlyMap<LayoutLink, readonly Point[]>;
}

/** Something that has a place in a column: a box, or a gap through which lines to a further column run. */
export interface Item {
  readonly id: string;
  readonly height: number;
  readonly box: LayoutBox | undefined;
}

/** A piece of one or more lines between two neighbouring columns. All pieces with the same `group` begin together. */
export interface Segment {
  readonly group: string;
  readonly left: Item;
  readonly leftY: number;
  readonly right: Item;
  readonly rightY: number;
}

/** A group of boxes that hang together, cut into columns. `columns[i]` and `columns[i + 1]` are joined by `channels[i]`. */
export interface Columns {
  readonly columns: Item[][];
  readonly channels: readonly (readonly Segment[])[];
  /** The segments of each line, from left to right, and whether it runs against its link. */
  readonly paths: ReadonlyMap<LayoutLink, { readonly segments: readonly Segment[]; readonly reversed: boolean }>;
}
