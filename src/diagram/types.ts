export interface DiagramOptions {
  /** Whether views are shown. */
  readonly views: boolean;
}
